// Real receivers of Graphite's plaintext: carbon-cache, read back from whisper's files, and VictoriaMetrics.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Recorder } from 'circmetrics';
import { type GraphiteOptions, graphite } from 'circmetrics/graphite';
import { afterAll, expect, it } from 'vitest';
import { describeWith, folder, freePort, programPath, start, stop, stopAll, until } from './peers.js';

afterAll(stopAll);

const quiet = { onWarning: () => {} };

async function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function prepareCarbon() {
  const at = folder();
  for (const name of ['whisper', 'conf', 'log']) mkdirSync(join(at, name));
  const port = await freePort();
  writeFileSync(
    join(at, 'conf/carbon.conf'),
    `[cache]
STORAGE_DIR = ${at}
CONF_DIR = ${at}/conf
LOG_DIR = ${at}/log
PID_DIR = ${at}
LOCAL_DATA_DIR = ${at}/whisper
USER =
ENABLE_LOGROTATION = False
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${port}
ENABLE_UDP_LISTENER = True
UDP_RECEIVER_INTERFACE = 127.0.0.1
UDP_RECEIVER_PORT = ${port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${await freePort()}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${await freePort()}
CARBON_METRIC_INTERVAL = 0
LOG_UPDATES = False
LOG_CREATES = False
ENABLE_TAGS = False
`,
  );
  writeFileSync(join(at, 'conf/storage-schemas.conf'), '[all]\npattern = .*\nretentions = 1s:60s\n');
  writeFileSync(
    join(at, 'conf/storage-aggregation.conf'),
    '[all]\npattern = .*\nxFilesFactor = 0\naggregationMethod = last\n',
  );
  const run = async () => {
    const child = start(programPath('carbon-cache') as string, [
      `--config=${at}/conf/carbon.conf`,
      `--pidfile=${at}/carbon.pid`,
      '--nodaemon',
      'start',
    ]);
    await until('carbon', () => listening(port));
    return child;
  };
  const files = (): string[] =>
    (readdirSync(join(at, 'whisper'), { recursive: true }) as string[]).filter((file) =>
      file.endsWith('.wsp'),
    );
  const complaints = (): string =>
    readdirSync(join(at, 'log'))
      .map((name) => readFileSync(join(at, 'log', name), 'utf8'))
      .join('')
      .split('\n')
      .filter((line) => /invalid|error/i.test(line))
      .join('\n');
  return { at, port, run, files, complaints };
}

/** The points of whisper files: pairs of time and value that are there. */
function pointsOf(root: string, names: readonly string[]): [number, number][][] {
  const script = `
import json, sys, whisper
out = []
for path in json.load(sys.stdin):
    (start, end, step), values = whisper.fetch(path, 0)
    out.append([[start + i * step, v] for i, v in enumerate(values) if v is not None])
print(json.dumps(out))`;
  const input = JSON.stringify(names.map((name) => join(root, 'whisper', name)));
  return JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', script], { input, maxBuffer: 2 ** 28 }).toString(),
  );
}

describeWith(['carbon-cache'], 'graphite-carbon', 'carbon', () => {
  it.each([
    ['tagged', 'tcp'],
    ['hierarchical', 'tcp'],
    ['hierarchical', 'udp'],
  ] as const)(
    'gets every point of a pass with its time and value: %s, %s',
    async (naming, protocol) => {
      const carbon = await prepareCarbon();
      await carbon.run();
      const count = protocol === 'tcp' ? 10_000 : 200;
      const recorder = new Recorder(quiet);
      const family = recorder.namespace('app').counter('requests', {
        tagNames: ['route', 'status'],
        maxSeries: count,
      });
      for (let i = 0; i < count; i++) family.with({ route: `r${i % 100}`, status: i }).add(i + 0.5);
      const options: GraphiteOptions = { port: carbon.port, protocol, naming, prefix: 'web1' };
      const flusher = recorder.flushTo(graphite(options), { every: 3_600_000 });
      const before = Math.floor(Date.now() / 1000);
      const { complete, samples, dropped } = await flusher.flush();
      expect({ complete, samples, dropped }).toEqual({ complete: true, samples: count, dropped: {} });
      const after = Math.floor(Date.now() / 1000);
      // A datagram may be lost on a busy machine, though not on the way.
      await until('all files', () => carbon.files().length === count, 60);
      const names = carbon.files();
      const values = await until(
        'all values',
        () => {
          const points = pointsOf(carbon.at, names);
          return points.every((list) => list.length === 1) && points;
        },
        60,
      );
      // Files of tagged series have hashes for names, so it is the values that tell which is whose.
      const seen = values.flat().sort(([, a], [, b]) => a - b);
      expect(seen.map(([, value]) => value)).toEqual(Array.from({ length: count }, (_, i) => i + 0.5));
      for (const [time] of seen) {
        expect(time).toBeGreaterThanOrEqual(before);
        expect(time).toBeLessThanOrEqual(after);
      }
      expect(carbon.complaints()).toBe('');
      await recorder.close();
      // Ten thousand new files take carbon a while on a busy machine.
    },
    90_000,
  );

  it('has the right totals after a restart, and what may be missing was reported', async () => {
    const carbon = await prepareCarbon();
    let child = await carbon.run();
    const recorder = new Recorder(quiet);
    const counters = Array.from({ length: 500 }, (_, i) => recorder.counter(`c${i}`));
    const backend = graphite({ port: carbon.port, maxPayloadBytes: 4096 });
    const flusher = recorder.flushTo(backend, { every: 3_600_000, timeout: 5000 });
    /** How many points of each pass may be missing, by what the report says. */
    const missing: number[] = [];
    for (let pass = 0; pass < 6; pass++) {
      for (const counter of counters) counter.add();
      const flushed = flusher.flush();
      if (pass === 2) await stop(child);
      const report = await flushed;
      missing.push(counters.length - report.samples);
      if (pass === 3) child = await carbon.run();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    expect(missing.map((count) => count === 0)).toEqual([true, true, expect.any(Boolean), false, true, true]);
    const names = await until('all files', () => carbon.files().length === 500 && carbon.files());
    const points = await until('the last values', () => {
      const lists = pointsOf(carbon.at, names);
      return lists.every((list) => list.at(-1)?.[1] === 6) && lists;
    });
    for (const [pass, most] of missing.entries()) {
      // What carbon had read and not written yet when it was stopped, it lost by itself.
      if (pass === 2) continue;
      const lacking = points.filter((list) => !list.some(([, value]) => value === pass + 1));
      expect(lacking.length).toBeLessThanOrEqual(most);
    }
    await recorder.close();
  }, 60_000);
});

describeWith(['victoria-metrics'], 'victoria-metrics', 'VictoriaMetrics', () => {
  it('takes the same stream and answers queries', async () => {
    const at = folder();
    const [http, port] = [await freePort(), await freePort()];
    start(programPath('victoria-metrics') as string, [
      `-storageDataPath=${at}`,
      `-httpListenAddr=127.0.0.1:${http}`,
      `-graphiteListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      '-search.latencyOffset=0s',
      '-search.disableCache',
      '-memory.allowedBytes=128MB',
    ]);
    const get = async (path: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${http}${path}`)).text();
    await until('VictoriaMetrics', async () => (await get('/health')) === 'OK');
    const recorder = new Recorder(quiet);
    const tags = { method: 'GET', path: '/a:b,c="d"', list: ['x', 'y'] };
    recorder.namespace('app').counter('hits', { tags }).add(42);
    recorder.gauge('depth').set(-3.5);
    recorder.timer('latency').record(0.0125, 10);
    const flusher = recorder.flushTo(graphite({ port }), { every: 3_600_000 });
    expect(await flusher.flush()).toMatchObject({ complete: true });
    const query = async (
      text: string,
    ): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
      await get('/internal/force_flush');
      return JSON.parse(await get(`/api/v1/query?query=${encodeURIComponent(text)}`)).data.result;
    };
    const [hits] = await until('the counter', async () => {
      const result = await query('{__name__="app.hits"}');
      return result.length > 0 && result;
    });
    expect(hits?.value[1]).toBe('42');
    expect(hits?.metric).toMatchObject({ method: 'GET', path: '/a:b,c=_d_', list: 'x,y' });
    expect((await query('depth'))[0]?.value[1]).toBe('-3.5');
    expect((await query('{__name__="latency.count"}'))[0]?.value[1]).toBe('10');
    expect(Number((await query('{__name__="latency.p50"}'))[0]?.value[1])).toBeCloseTo(0.0125, 3);
    await recorder.close();
  });
});
