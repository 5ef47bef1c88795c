// The original daemon, and collectd as a strict second parser.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Recorder } from 'circmetrics';
import { type StatsdOptions, statsd } from 'circmetrics/statsd';
import { afterAll, describe, expect, it } from 'vitest';
import { describeWith, folder, freePort, programPath, start, stopAll, until } from './peers.js';

afterAll(stopAll);

/** What the daemon says at each of its flushes. */
interface Flush {
  readonly counters: Record<string, number>;
  readonly gauges: Record<string, number>;
  readonly timers: Record<string, number[]>;
  readonly timer_counters: Record<string, number>;
}

/** A daemon that writes a line of JSON at each flush, and reads UDP and TCP. */
async function startDaemon() {
  const at = folder();
  const port = await freePort();
  const output = join(at, 'flushes');
  const root = dirname(createRequire(import.meta.url).resolve('statsd/package.json'));
  writeFileSync(
    join(at, 'lines.js'),
    `const fs = require('fs');
exports.init = (startup, config, events) => {
  events.on('flush', (time, { counters, gauges, timers, timer_counters }) =>
    fs.appendFileSync(config.output, JSON.stringify({ counters, gauges, timers, timer_counters }) + '\\n'));
  return true;
};`,
  );
  writeFileSync(
    join(at, 'config.js'),
    `{
  servers: [{ server: './servers/udp', address: '127.0.0.1', port: ${port} }, { server: './servers/tcp', address: '127.0.0.1', port: ${port} }],
  mgmt_address: '127.0.0.1', mgmt_port: ${await freePort()}, flushInterval: 200, deleteIdleStats: false,
  output: ${JSON.stringify(output)}, backends: [${JSON.stringify(join(at, 'lines.js'))}]
}`,
  );
  start(process.execPath, ['stats.js', join(at, 'config.js')], root);
  const flushes = (): Flush[] => {
    const lines = readFileSync(output, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Flush);
  };
  await until('the StatsD daemon', () => flushes().length > 0);
  const total = (name: string): number =>
    flushes().reduce((sum, { counters }) => sum + (counters[name] ?? 0), 0);
  return { port, flushes, total };
}

const quiet = { onWarning: () => {} };

describe.each(['udp', 'tcp'] as const)('the StatsD daemon, over %s', (protocol) => {
  it('counts what was counted, sums what was timed, and finds no bad line', async () => {
    const daemon = await startDaemon();
    const recorder = new Recorder(quiet);
    const counter = recorder.counter('app/hits: all');
    const fraction = recorder.counter('fraction');
    const gauge = recorder.gauge('depth');
    const timer = recorder.timer('latency');
    const sizes = recorder.histogram('sizes');
    const backend = statsd({ port: daemon.port, protocol });
    const flusher = recorder.flushTo(backend, { every: 3_600_000 });
    let recordedSum = 0;
    for (let pass = 1; pass <= 5; pass++) {
      counter.add(pass * 1000);
      fraction.add(0.25);
      gauge.set(-pass * 1.5);
      for (let i = 0; i < 100 * pass; i++) {
        timer.record(i / 1e4);
        recordedSum += i / 10;
        sizes.record(-i);
      }
      const { complete, dropped } = await flusher.flush();
      expect({ complete, dropped }).toEqual({ complete: true, dropped: {} });
    }
    await until(
      'all counts',
      () => daemon.total('latency.count') === 1500 && daemon.total('sizes.count') === 1500,
    );
    expect(daemon.total('app_hits__all')).toBe(15_000);
    expect(daemon.total('fraction')).toBe(1.25);
    expect(daemon.total('latency.sum')).toBeCloseTo(recordedSum, 6);
    expect(daemon.total('statsd.bad_lines_seen')).toBe(0);
    const { gauges } = await until('gauges', () =>
      daemon.flushes().findLast(({ gauges: g }) => g['depth'] === -7.5),
    );
    // The last pass's timings: 0 to 49.9 ms, whose quantiles are known to within a bin.
    expect(gauges['latency.p50']).toBeCloseTo(25, -0.4);
    expect(gauges['latency.max']).toBe(50);
    expect(gauges['sizes.min']).toBe(-500);
    await recorder.close();
  });

  it('takes bins as timers: counts exact, each bin one value', async () => {
    const daemon = await startDaemon();
    const recorder = new Recorder(quiet);
    const timer = recorder.timer('latency');
    const flusher = recorder.flushTo(statsd({ port: daemon.port, protocol, distributions: 'ms' }), {
      every: 3_600_000,
    });
    timer.record(0.00125, 300);
    timer.record(0.1, 7);
    timer.record(2);
    const { complete, dropped } = await flusher.flush();
    expect({ complete, dropped }).toEqual({ complete: true, dropped: {} });
    const seen = await until('the timer', () =>
      daemon.flushes().find(({ timers }) => timers['latency']?.length === 3),
    );
    expect(seen.timer_counters['latency']).toBeCloseTo(308, 9);
    expect(seen.timers['latency']).toEqual([1.248, 104.8, 2049]);
    expect(daemon.total('statsd.bad_lines_seen')).toBe(0);
    await recorder.close();
  });
});

describeWith(['collectd'], 'collectd-core', "collectd's statsd plugin", () => {
  it.each([
    ['statsd', {}],
    ['bins', { distributions: 'ms' }],
  ] as const)('reads all lines: %s', async (_, options: StatsdOptions) => {
    const at = folder();
    const port = await freePort();
    writeFileSync(
      join(at, 'collectd.conf'),
      `Hostname "peer"
FQDNLookup false
BaseDir "${at}"
PIDFile "${at}/pid"
TypesDB "/usr/share/collectd/types.db"
Interval 1
LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  File "${at}/log"
</Plugin>
LoadPlugin statsd
<Plugin statsd>
  Host "127.0.0.1"
  Port "${port}"
  CounterSum true
  TimerCount true
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "${at}/csv"
  StoreRates false
</Plugin>
`,
    );
    start(programPath('collectd') as string, ['-f', '-C', join(at, 'collectd.conf')]);
    const log = (): string => readFileSync(join(at, 'log'), 'utf8');
    await until('collectd', () => log().includes('Listening'));
    const recorder = new Recorder(quiet);
    recorder.counter('hits').add(42);
    recorder.gauge('depth').set(-3.5);
    recorder.timer('latency').record(0.0125, 3);
    const flusher = recorder.flushTo(statsd({ port, ...options }), { every: 3_600_000 });
    await flusher.flush();
    const values = (name: string): number[] => {
      const files = readdirSync(join(at, 'csv/peer/statsd')).filter((file) => file.startsWith(`${name}-`));
      return files.flatMap((file) =>
        readFileSync(join(at, 'csv/peer/statsd', file), 'utf8')
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => Number(line.split(',')[1])),
      );
    };
    await until('the gauge', () => values('gauge-depth').includes(-3.5));
    await until('the counter', () => values('count-hits').includes(42));
    expect(log()).not.toMatch(/statsd plugin: .*(fail|unable|invalid|parse)/i);
    await recorder.close();
  });
});
