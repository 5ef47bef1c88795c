// How processes end that have flushers: by themselves, by signals, with a receiver that hangs.
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../integration/peers.js';
import { root } from './project.js';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A trap that takes all, or never answers; the counts that it got. */
async function trap(hangs: boolean) {
  const counts: string[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    counts.push((JSON.parse(body) as { c: { _value: string } }).c._value);
    if (!hangs) response.end('{}');
  });
  // Longer than any process here may take.
  server.keepAliveTimeout = 60_000;
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, counts };
}

/** An address that nobody listens at. */
const nowhere = async (): Promise<string> => `http://127.0.0.1:${await freePort()}/`;

/** Runs a script with a recorder and a flusher; sends a signal when it says `ready`. */
async function ends(url: string, script: string, signal?: NodeJS.Signals) {
  const begin = `
    import { Recorder } from 'circmetrics';
    import { circonus } from 'circmetrics/circonus';
    import { drainOnExit, processMetrics } from 'circmetrics/node';
    const recorder = new Recorder({ onWarning() {} });
    const counter = recorder.counter('c');
    const flusher = recorder.flushTo(circonus({ url: ${JSON.stringify(url)} }), { every: 60_000 });
    const alive = () => setInterval(() => {}, 1000);
    counter.add(7);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', begin + script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let asked = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (asked === 0 && signal !== undefined && output.includes('ready')) {
        asked = performance.now();
        child.kill(signal);
      }
    });
  }
  const started = performance.now();
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...ended) => resolve(ended)),
  );
  clearTimeout(killer);
  return { code, by, output, ms: performance.now() - (asked || started) };
}

describe.concurrent('a process', () => {
  it('ends by itself while a flusher is attached', async () => {
    const { url, counts } = await trap(false);
    expect(await ends(url, '')).toMatchObject({ code: 0, by: null, output: '' });
    expect(counts).toEqual([]);
  });

  it('ends by itself while it is measured', async () => {
    const { url } = await trap(false);
    // Long enough for samples of the event loop, and with garbage collections to hear of.
    const script = `processMetrics(recorder);
      for (let i = 0; i < 10; i++) Array.from({ length: 1e5 }, () => ({}));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const recorded = [...await recorder.collect()].filter(({ value }) => value?.count > 0).map(({ name }) => name);
      console.log(['eventloop_delay', 'gc_duration'].every((name) => recorded.includes(name)));`;
    const { code, output, ms } = await ends(url, script);
    expect([code, output]).toEqual([0, 'true\n']);
    expect(ms).toBeLessThan(8000);
  });

  it('ends by itself while a receiver hangs', async () => {
    const { url } = await trap(true);
    const script = `await recorder.flushTo(circonus({ url: ${JSON.stringify(url)} }), { every: 500 }).flush();`;
    const { code, ms } = await ends(url, script);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(8000);
  });

  it('drains at the end of a script', async () => {
    const { url, counts } = await trap(false);
    expect(await ends(url, 'drainOnExit(recorder); process.exitCode = 3;')).toMatchObject({
      code: 3,
      by: null,
    });
    expect(counts).toEqual(['7']);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('drains on %s, and ends by it', async (signal) => {
    const { url, counts } = await trap(false);
    const ended = await ends(url, "drainOnExit(recorder); alive(); console.log('ready');", signal);
    expect(ended).toMatchObject({ code: null, by: signal });
    expect(counts).toEqual(['7']);
  });

  it('leaves ending to the host where it has a listener of its own', async () => {
    const { url, counts } = await trap(false);
    const script = `drainOnExit(recorder);
      const timer = alive();
      process.on('SIGTERM', () => setTimeout(() => { clearInterval(timer); process.exitCode = 4; }, 300));
      console.log('ready');`;
    expect(await ends(url, script, 'SIGTERM')).toMatchObject({ code: 4, by: null });
    expect(counts).toEqual(['7']);
  });

  it.each([
    ['at its end', '', undefined],
    ['on a signal', 'alive();', 'SIGTERM'],
  ] as const)('ends within the deadline while the receiver hangs, %s', async (_, more, signal) => {
    const { url, counts } = await trap(true);
    const script = `drainOnExit(recorder, { deadline: 1000 }); ${more} console.log('ready');`;
    const ended = await ends(url, script, signal);
    expect([ended.code, ended.by]).toEqual(signal === undefined ? [0, null] : [null, signal]);
    // Much of it is the process's own beginning, on a busy machine.
    expect(ended.ms).toBeLessThan(15_000);
    expect(counts).toEqual(['7']);
  });

  it('says what becomes of what the last pass could not deliver, before a signal ends it', async () => {
    const script = `const told = new Recorder();
      told.counter('c').add(1);
      told.flushTo(circonus({ url: ${JSON.stringify(await nowhere())} }), { every: 60_000 });
      drainOnExit(told);
      alive();
      console.log('ready');`;
    const ended = await ends(await nowhere(), script, 'SIGTERM');
    expect(ended).toMatchObject({ code: null, by: 'SIGTERM' });
    expect(ended.output).toMatch(/ECONNREFUSED\)\. It was the last pass: what was not delivered is lost\.$/m);
  });

  it('is left alone once it is undone, and told of bad options', async () => {
    const { url, counts } = await trap(false);
    const script = `drainOnExit(recorder)();
      for (const bad of [[recorder, { deadline: 0 }], []]) {
        try { drainOnExit(...bad); } catch ({ code }) { console.log(code); }
      }`;
    expect(await ends(url, script)).toMatchObject({ code: 0, output: 'invalid_option\ninvalid_option\n' });
    expect(counts).toEqual([]);
  });
});

describe.concurrent('a process with a flusher', () => {
  const done = "console.log('done');";

  it('ends by itself after a pass that failed', async () => {
    const { ms, ...ended } = await ends(await nowhere(), `await flusher.flush(); ${done}`);
    expect(ended).toEqual({ code: 0, by: null, output: 'done\n' });
    expect(ms).toBeLessThan(10_000);
  });

  it('ends by itself after a pass, though the server keeps the connection open', async () => {
    const { url, counts } = await trap(false);
    const script = `if (!(await flusher.flush()).complete) throw new Error(JSON.stringify(flusher.status()));`;
    const { ms, ...ended } = await ends(url, `${script} ${done}`);
    expect(ended).toEqual({ code: 0, by: null, output: 'done\n' });
    expect(ms).toBeLessThan(10_000);
    expect(counts).toEqual(['7']);
  });
});
