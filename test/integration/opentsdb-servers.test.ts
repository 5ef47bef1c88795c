// Real receivers of OpenTSDB's protocols: VictoriaMetrics, which keeps milliseconds, and InfluxDB 1, which cuts them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend, Recorder } from 'circmetrics';
import { opentsdb } from 'circmetrics/opentsdb';
import { beforeAll, expect, it } from 'vitest';
import { describeWith, folder, freePort, start, until } from './peers.js';

/** A recorder at a time that both receivers keep, so that what is read back can be compared. */
function recorded(at: number): Recorder {
  const recorder = new Recorder({ onWarning: () => {}, tags: { app: 'shop' }, clock: { now: () => at } });
  recorder.counter('calls', { tags: { route: '/a b' } }).add(42);
  recorder.gauge('depth').set(-3.5);
  recorder.gauge('tiny').set(5e-7);
  recorder.gauge('wide', { type: 'int64' }).set(2n ** 53n);
  recorder.timer('latency').record(0.0125, 4);
  return recorder;
}

const statistics = ['count', 'sum', 'max', 0.5] as const;
const expected: readonly [string, number][] = [
  ['calls', 42],
  ['depth', -3.5],
  ['latency.count', 4],
  ['latency.max', 0.013],
  ['latency.p50', 0.0124],
  ['latency.sum', 0.05],
  ['tiny', 5e-7],
  ['wide', 2 ** 53],
];

async function flushed(recorder: Recorder, backend: Backend) {
  const flusher = recorder.flushTo(backend, { every: 60_000 });
  const report = await flusher.flush();
  // No last pass: it would send the same points again.
  await flusher.destroy();
  return report;
}

describeWith(['victoria-metrics'], 'victoria-metrics', 'VictoriaMetrics', () => {
  const at = folder();
  let [http, telnet, put] = [0, 0, 0];
  beforeAll(async () => {
    [http, telnet, put] = [await freePort(), await freePort(), await freePort()];
    start('victoria-metrics', [
      `-storageDataPath=${join(at, 'data')}`,
      `-httpListenAddr=127.0.0.1:${http}`,
      `-opentsdbListenAddr=127.0.0.1:${telnet}`,
      `-opentsdbHTTPListenAddr=127.0.0.1:${put}`,
      '-retentionPeriod=100y',
      '-search.latencyOffset=0s',
      '-memory.allowedBytes=256MB',
    ]);
    await until('VictoriaMetrics', async () => (await fetch(`http://127.0.0.1:${http}/health`)).ok);
  });

  it.each(['telnet', 'HTTP'])('takes every point with its time, by %s', async (protocol) => {
    const time = Date.now() - (protocol === 'HTTP' ? 1000 : 3000);
    const options = protocol === 'HTTP' ? { url: `http://127.0.0.1:${put}` } : { port: telnet };
    const report = await flushed(recorded(time), opentsdb({ ...options, prefix: protocol, statistics }));
    expect(report).toMatchObject({ complete: true, sent: protocol === 'HTTP' ? 0 : 1 });
    expect(report.dropped).toEqual({});
    const read = async () => {
      await fetch(`http://127.0.0.1:${http}/internal/force_flush`);
      const match = encodeURIComponent(`{__name__=~"${protocol}.*"}`);
      const text = await (await fetch(`http://127.0.0.1:${http}/api/v1/export?match=${match}`)).text();
      return text
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    };
    const series = await until('all points', async () => {
      const found = await read();
      return found.length === expected.length && found;
    });
    const values = series.map(({ metric, values: [value] }) => [metric.__name__, value]).sort();
    expect(values).toEqual(expected.map(([name, value]) => [`${protocol}.${name}`, value]));
    for (const { metric, timestamps } of series) {
      expect(timestamps).toEqual([protocol === 'HTTP' ? time : Math.floor(time / 1000) * 1000]);
      expect(metric.app).toBe('shop');
    }
    expect(series.find(({ metric }) => metric.__name__ === `${protocol}.calls`).metric.route).toBe('/a_b');
  });
});

describeWith(['influxd'], 'influxdb', 'InfluxDB 1', () => {
  const at = folder();
  let [http, tsdb] = [0, 0];
  beforeAll(async () => {
    [http, tsdb] = [await freePort(), await freePort()];
    const rpc = await freePort();
    for (const name of ['meta', 'data', 'wal']) mkdirSync(join(at, name));
    writeFileSync(
      join(at, 'influxdb.conf'),
      `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${at}/meta"
[data]
  dir = "${at}/data"
  wal-dir = "${at}/wal"
  index-version = "inmem"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${http}"
  log-enabled = false
[[opentsdb]]
  enabled = true
  bind-address = "127.0.0.1:${tsdb}"
  database = "opentsdb"
  batch-size = 1
  batch-timeout = "100ms"
`,
    );
    start('influxd', ['run', '-config', join(at, 'influxdb.conf')]);
    await until('InfluxDB', async () => (await fetch(`http://127.0.0.1:${http}/ping`)).ok);
  });

  it.each(['telnet', 'HTTP'])('takes every point, by %s', async (protocol) => {
    const time = Math.floor(Date.now() / 1000) * 1000;
    const options = protocol === 'HTTP' ? { url: `http://127.0.0.1:${tsdb}` } : { port: tsdb };
    const { complete, dropped } = await flushed(
      recorded(time),
      opentsdb({ ...options, prefix: protocol, statistics }),
    );
    expect({ complete, dropped }).toEqual({ complete: true, dropped: {} });
    const query = async (q: string) => {
      const found = await fetch(
        `http://127.0.0.1:${http}/query?db=opentsdb&epoch=ms&q=${encodeURIComponent(q)}`,
      );
      return ((await found.json()) as { results: [{ series?: { name: string; values: unknown[][] }[] }] })
        .results[0].series;
    };
    const series = await until('all points', async () => {
      const found = await query(`SELECT value FROM /^${protocol}/`);
      return found?.length === expected.length && found;
    });
    const values = series.map(({ name, values: [point] }) => [name, ...(point ?? [])]).sort();
    expect(values).toEqual(expected.map(([name, value]) => [`${protocol}.${name}`, time, value]));
  });
});
