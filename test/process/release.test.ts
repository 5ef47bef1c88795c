// What a process keeps of the library when it wants to end: with open files at their limit, names that nobody answers for,
// servers that hold connections open.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeWith, freePort } from '../integration/peers.js';
import { root, run } from './project.js';

const closers: (() => unknown)[] = [];
afterAll(() => {
  for (const close of closers.splice(0)) close();
});

/** The beginning of all scripts here. */
const begin = `
  import { Recorder } from 'circmetrics';
  import { circonus } from 'circmetrics/circonus';
  import { graphite } from 'circmetrics/graphite';
  import { statsd } from 'circmetrics/statsd';
  const recorder = new Recorder({ onWarning() {} });
  const counter = recorder.counter('c');
  counter.add(7);
  const flusher = (backend) => recorder.flushTo(backend, { every: 60_000, timeout: 2_000 });
  const ended = performance.now.bind(performance);
  const say = (value) => console.log(JSON.stringify(value));
`;

async function script(text: string) {
  const ended = await run(process.execPath, ['--input-type=module', '-e', begin + text], { cwd: root });
  return ended;
}

describe('a process', () => {
  it('is not kept by close(), whatever was sent before', async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end('{}'));
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { stdout, stderr } = await script(`
      for (const backend of [circonus({ url: '${url}' }), statsd(), graphite({ protocol: 'udp' })]) flusher(backend);
      await Promise.all([recorder.close()]);
      const begun = performance.now();
      process.on('exit', () => say(performance.now() - begun));`);
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeLessThan(50);
  });

  it('keeps what it could not send because it has too many files open', async () => {
    const port = await freePort();
    const text = `
      import { openSync, closeSync } from 'node:fs';
      const flushers = [
        ['circonus', circonus({ url: 'http://127.0.0.1:${port}/', temporality: 'delta' })],
        ['graphite', graphite({ port: ${port}, temporality: 'delta' })],
        ['statsd', statsd({ port: ${port}, protocol: 'tcp' })],
        ['udp', statsd({ port: ${port} })],
      ].map(([name, backend]) => [name, flusher(backend)]);
      const open = [];
      try { for (;;) open.push(openSync('/dev/null')); } catch {}
      const found = [];
      for (let pass = 0; pass < 2; pass++)
        for (const [name, one] of flushers) {
          const { unknown, pending, error } = await one.flush();
          found.push([name, unknown, pending, /FILE|ECONNREFUSED/.test(error.code + error.message)]);
        }
      for (const file of open) closeSync(file);
      say(found);
      await recorder.destroy();`;
    const found = spawnSync(
      'sh',
      ['-c', 'ulimit -n 60; exec "$0" --input-type=module -e "$1"', process.execPath, begin + text],
      {
        cwd: root,
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
    expect(found.stderr).toBe('');
    const passes = ['circonus', 'graphite', 'statsd', 'udp'].map((name) => [name, 0, 1, true]);
    expect(JSON.parse(found.stdout)).toEqual([...passes, ...passes]);
  });
});

const canUnshare = { name: 'unshare', here: spawnSync('unshare', ['-m', '-n', 'true']).status === 0 };
describeWith([canUnshare], 'util-linux (as root)', 'a process whose name server is silent', () => {
  it('keeps what it has, and ends soon after destroy()', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'circmetrics-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.9\n');
    writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost known.example\n');
    writeFileSync(
      join(folder, 'main.mjs'),
      `${begin}
      import { createSocket } from 'node:dgram';
      const silent = createSocket('udp4').bind(53, '127.0.0.9').unref();
      await new Promise((resolve) => silent.once('listening', resolve));
      const host = 'metrics.example.com';
      const flushers = [
        circonus({ url: 'http://' + host + '/', temporality: 'delta' }),
        circonus({ url: 'https://' + host + '/', temporality: 'delta' }),
        graphite({ host, temporality: 'delta' }),
        statsd({ host }),
      ].map(flusher);
      const reports = await Promise.all(flushers.map((one) => one.flush()));
      // A name that the system knows by itself needs no name server.
      const known = await recorder.flushTo(statsd({ host: 'known.example' }), { every: 60_000 }).flush();
      const pass = flushers.map((one) => one.flush());
      await new Promise((resolve) => setTimeout(resolve, 200));
      const begun = performance.now();
      await recorder.destroy();
      await Promise.all(pass);
      process.on('exit', () =>
        say({
          outcomes: reports.map(({ unknown, pending, error }) => [unknown, pending, error !== undefined]),
          known: known.error?.code,
          ms: performance.now() - begun,
        }),
      );`,
    );
    writeFileSync(
      join(folder, 'run.sh'),
      `mount --bind ${folder}/resolv.conf /etc/resolv.conf && mount --bind ${folder}/hosts /etc/hosts
      (ip link set lo up || ifconfig lo up) && cd ${root} && exec ${process.execPath} --input-type=module -e "$(cat ${folder}/main.mjs)"`,
    );
    const { stdout, stderr } = await run('unshare', ['-m', '-n', 'sh', join(folder, 'run.sh')], {
      cwd: root,
    });
    expect(stderr).toBe('');
    const found = JSON.parse(stdout) as { outcomes: unknown[]; known: string; ms: number };
    expect(found.outcomes).toEqual(Array(4).fill([0, 1, true]));
    expect(found.known).toBe('ECONNREFUSED');
    expect(found.ms).toBeLessThan(1500);
  }, 60_000);
});
