import { openSync, read } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LogLinearHistogram, MetricsError, Recorder, type SampleValue, type Snapshot } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import { prometheus } from 'circmetrics/prometheus';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RecentSamples } from '../../src/node/recent.js';

const undone: (() => void)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const undo of undone.splice(0)) undo();
});

/** A recorder of which a refusal or a warning fails the test, with the process metrics on until its end. */
function measured(options?: Parameters<typeof processMetrics>[1]) {
  const warnings: string[] = [];
  const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
  const undo = processMetrics(recorder, options);
  undone.push(undo);
  return { recorder, undo, warnings };
}

/** The value of `process.cpu`, or of `nodejs.active_handles` with the value of its one tag behind a space. */
function value(snapshot: Snapshot, name: string, tag?: string): SampleValue | undefined {
  return [...snapshot].find(
    ({ path, name: own, tags }) =>
      [...path, own].join('.') === name && (tag === undefined || tags.some(([, given]) => given === tag)),
  )?.value;
}
const number = (snapshot: Snapshot, name: string, tag?: string): number =>
  Number(value(snapshot, name, tag) ?? Number.NaN);

function histogram(recorder: Recorder, name: string, tag?: string): LogLinearHistogram {
  const found = value(recorder.snapshot(), name, tag);
  return found instanceof LogLinearHistogram ? found : new LogLinearHistogram();
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function text(recorder: Recorder): Promise<string> {
  let all = '';
  for await (const chunk of prometheus(recorder).render()) all += chunk;
  return all;
}

/** Each family of a document: its type, and the names of its samples' labels. */
function familiesOf(document: string): Map<string, { type: string; labels: Set<string> }> {
  const families = new Map<string, { type: string; labels: Set<string> }>();
  let labels = new Set<string>();
  for (const line of document.split('\n')) {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (type !== '') {
      labels = new Set();
      families.set(name, { type, labels });
    } else if (!line.startsWith('#')) {
      for (const [, label = ''] of line.matchAll(/(\w+)="/g)) labels.add(label);
    }
  }
  return families;
}

describe('at Prometheus', () => {
  it('has the names, types and labels of prom-client’s default metrics', async () => {
    const { recorder } = measured();
    const register = new Registry();
    collectDefaultMetrics({ register });
    collectGarbage();
    await sleep(50);
    // Something that is an active request for as long as both are asked.
    const fd = openSync('/dev/urandom', 'r');
    const reading = new Promise((resolve) => read(fd, Buffer.alloc(2 ** 25 - 1), resolve));
    const ours = familiesOf(await text(recorder));
    const theirs = familiesOf(await register.metrics());
    await reading;

    expect(theirs.size).toBeGreaterThan(25);
    // Three of its gauges have names that linters leave to counters.
    for (const [name, family] of theirs) if (/^nodejs_active_\w+_total$/.test(name)) family.type = 'untyped';
    expect(Object.fromEntries(ours)).toMatchObject(Object.fromEntries(theirs));
    const more = [...ours.keys()].filter((name) => !theirs.has(name));
    expect(more.sort()).toEqual([
      // The one kind of memory of process.memoryUsage() that prom-client leaves out.
      'nodejs_array_buffers_memory_bytes',
      // The distribution; prom-client's gauges of the lag are there as well, but cannot be added up over processes.
      'nodejs_eventloop_delay_seconds',
      // prom-client has none.
      'nodejs_eventloop_utilization_ratio',
      // prom-client has only the time of the start.
      'process_uptime_seconds',
    ]);
  });

  it('has all of prom-client’s buckets for garbage collections', async () => {
    const { recorder } = measured();
    collectGarbage();
    await sleep(50);
    const bounds = [...(await text(recorder)).matchAll(/^nodejs_gc_duration_seconds_bucket.+le="(.+?)"/gm)];
    expect(bounds.map(([, bound]) => Number(bound))).toEqual(
      expect.arrayContaining([0.001, 0.01, 0.1, 1, 2, 5]),
    );
  });

  it('has the namespace’s path as prefix, and its tags', async () => {
    const recorder = new Recorder();
    undone.push(processMetrics(recorder.namespace('shop', { tags: { zone: 'a' } })));
    expect(await text(recorder)).toMatch(/^shop_process_resident_memory_bytes\{zone="a"\} \d+$/m);
  });
});

describe('what is read at a collection', () => {
  it('is what Node.js and the kernel say', () => {
    const { recorder } = measured();
    const before = { cpu: process.cpuUsage(), uptime: process.uptime() };
    const snapshot = recorder.snapshot();
    const after = { cpu: process.cpuUsage(), uptime: process.uptime() };
    const between = (name: string, least: number, most: number): void => {
      expect(number(snapshot, name), name).toBeGreaterThanOrEqual(least);
      expect(number(snapshot, name), name).toBeLessThanOrEqual(most);
    };
    // Microseconds, as seconds; a little more for the adding up.
    between('process.cpu_user', before.cpu.user / 1e6 - 1e-9, after.cpu.user / 1e6 + 1e-9);
    between('process.cpu_system', before.cpu.system / 1e6 - 1e-9, after.cpu.system / 1e6 + 1e-9);
    expect(number(snapshot, 'process.cpu')).toBeCloseTo(
      number(snapshot, 'process.cpu_user') + number(snapshot, 'process.cpu_system'),
      6,
    );
    between('process.uptime', before.uptime, after.uptime);
    const started = Date.now() / 1000 - process.uptime();
    between('process.start_time', started - 1, started + 1);

    const { rss, heapTotal, external, arrayBuffers } = process.memoryUsage();
    between('process.resident_memory', rss * 0.7, rss * 1.3);
    between('nodejs.heap_size_total', heapTotal * 0.7, heapTotal * 1.3);
    between('nodejs.heap_size_used', heapTotal * 0.1, heapTotal);
    between('nodejs.external_memory', external * 0.5, external * 2);
    between('nodejs.array_buffers_memory', arrayBuffers * 0.1, arrayBuffers * 10 + 1e6);
    expect(number(snapshot, 'nodejs.heap_space_size_total', 'old')).toBeGreaterThan(1e6);
    expect(value(snapshot, 'nodejs.version')).toBe(process.version);
    expect(Object.values(recorder.status().refused).every((count) => count === 0)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is what /proc says on Linux', () => {
    const { recorder } = measured();
    const before = recorder.snapshot();
    const fd = openSync('/dev/null', 'r');
    const after = recorder.snapshot();
    expect(fd).toBeGreaterThan(2);
    expect(number(after, 'process.open_fds') - number(before, 'process.open_fds')).toBe(1);
    expect(number(after, 'process.max_fds')).toBeGreaterThan(fd);
    const resident = number(after, 'process.resident_memory');
    expect(number(after, 'process.virtual_memory')).toBeGreaterThan(resident);
    expect(number(after, 'process.heap')).toBeGreaterThan(1e6);
  });

  it('counts active things by type, down to 0 when they are gone', () => {
    const { recorder } = measured();
    const timers = (): number => number(recorder.snapshot(), 'nodejs.active_resources', 'Timeout');
    const waiting = [1, 2, 3].map(() => setTimeout(() => {}, 60_000));
    const during = timers();
    for (const timer of waiting) clearTimeout(timer);
    expect(during - timers()).toBe(3);
  });

  it('never lets a counter go down', () => {
    const { recorder } = measured();
    const cpu = (): number => number(recorder.snapshot(), 'process.cpu');
    const before = cpu();
    const usage = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 0, system: 0 });
    expect(cpu()).toBe(before);
    usage.mockReturnValue({ user: 5e9, system: 1e9 });
    expect(cpu()).toBeCloseTo(6000, 6);
    expect(recorder.status().refused.value).toBe(0);
  });

  it('has no value while it cannot be read', () => {
    const { recorder, warnings } = measured();
    const usage = vi.spyOn(process, 'memoryUsage').mockImplementation(() => {
      throw new Error('too many open files');
    });
    const during = recorder.snapshot();
    expect(value(during, 'process.resident_memory')).toBeNull();
    expect(number(during, 'process.cpu')).toBeGreaterThan(0);
    expect(warnings).toEqual([expect.stringContaining('too many open files')]);
    usage.mockRestore();
    expect(value(recorder.snapshot(), 'process.resident_memory')).toBeGreaterThan(0);
  });
});

describe('the event loop’s delay', () => {
  it('has a block in it for as long as it takes', async () => {
    const { recorder } = measured({ resolution: 10 });
    await sleep(30);
    const begun = performance.now();
    block(200);
    await sleep(50);
    const elapsed = performance.now() - begun;
    const delays = histogram(recorder, 'nodejs.eventloop_delay');
    // A timer due anywhere in the first half waits for 100 ms and more: ten moments, less one for the beginning.
    expect(delays.countAbove(0.1)).toBeGreaterThanOrEqual(9);
    expect(delays.max()).toBeGreaterThanOrEqual(0.18);
    // As many samples as there are moments, blocked or not.
    expect(delays.count).toBeGreaterThanOrEqual(200 / 10);
    expect(delays.count).toBeLessThanOrEqual((elapsed + 200) / 10 + 10);
  });

  it('is in the gauges of the last minute as well', async () => {
    const { recorder } = measured();
    block(200);
    await sleep(100);
    const snapshot = recorder.snapshot();
    const lag = (name: string): number => number(snapshot, `nodejs.eventloop_lag_${name}`);
    expect(lag('max')).toBeGreaterThanOrEqual(0.15);
    expect(lag('min')).toBeLessThanOrEqual(lag('p50'));
    expect(lag('p50')).toBeLessThanOrEqual(lag('p90'));
    expect(lag('p90')).toBeLessThanOrEqual(lag('p99'));
    expect(lag('p99')).toBeLessThanOrEqual(lag('max'));
    expect(lag('mean')).toBeGreaterThan(0.01);
    expect(lag('stddev')).toBeGreaterThan(0.01);
    expect(number(snapshot, 'nodejs.eventloop_lag')).toBeLessThanOrEqual(lag('max'));
  });

  it('is told of an hour by its share of the time, in a thousand steps', async () => {
    const now = performance.now.bind(performance);
    const { recorder } = measured();
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 3_600_000);
    await sleep(60);
    const delays = histogram(recorder, 'nodejs.eventloop_delay');
    expect(delays.count).toBeGreaterThanOrEqual(3_600_000 / 20);
    expect(delays.count).toBeLessThan(3_600_000 / 20 + 1000);
    expect(delays.quantile(0.5) / 1800).toBeCloseTo(1, 1);
  });
});

describe('samples of the last minute', () => {
  it('are dropped after 60 to 70 seconds', () => {
    const recent = new RecentSamples(1000);
    recent.record(5, 2);
    recent.moveTo(61_000);
    recent.record(7, 1);
    expect(recent.merged().toStrings()).toEqual(['H[5.0e+00]=2', 'H[7.0e+00]=1']);
    recent.moveTo(71_000);
    expect(recent.merged().toStrings()).toEqual(['H[7.0e+00]=1']);
    recent.moveTo(1e9);
    expect(recent.merged().count).toBe(0);
  });
});

describe('the event loop’s utilisation', () => {
  it('has a sample for each second, of the share that was busy', async () => {
    const { recorder } = measured();
    block(2500);
    await sleep(100);
    const utilization = histogram(recorder, 'nodejs.eventloop_utilization');
    expect(utilization.count).toBeGreaterThanOrEqual(2);
    expect(utilization.min()).toBeGreaterThan(0.8);
    // A bin of 1.0 ends at 1.1.
    expect(utilization.max()).toBeLessThanOrEqual(1.1);
  });
});

describe('garbage collections', () => {
  it('are recorded by kind, each one', async () => {
    const { recorder } = measured();
    for (let i = 0; i < 3; i++) collectGarbage();
    await sleep(100);
    const major = histogram(recorder, 'nodejs.gc_duration', 'major');
    expect(major.count).toBeGreaterThanOrEqual(3);
    expect(major.min()).toBeGreaterThan(1e-6);
    expect(major.max()).toBeLessThan(5);
  });
});

describe('turning it on and off', () => {
  it('stops everything when it is undone, and goes on when it is called again', async () => {
    const { recorder, undo } = measured();
    await sleep(50);
    undo();
    const state = (): string =>
      [...recorder.snapshot()]
        .map(
          ({ name, tags, value }) =>
            `${name} ${tags} ${value instanceof LogLinearHistogram ? value.toStrings() : value}`,
        )
        .join('\n');
    const before = state();
    expect(before).toContain('version major');
    collectGarbage();
    block(60);
    await sleep(100);
    expect(state()).toBe(before);
    expect(value(recorder.snapshot(), 'nodejs.version')).toBeNull();

    const cpuBefore = number(recorder.snapshot(), 'process.cpu');
    undone.push(processMetrics(recorder));
    // The first one's function has nothing to do with it.
    undo();
    const snapshot = recorder.snapshot();
    expect(value(snapshot, 'nodejs.version')).toBe(process.version);
    expect(number(snapshot, 'process.cpu')).toBeGreaterThan(cpuBefore);
    const { user, system } = process.cpuUsage();
    expect(number(snapshot, 'process.cpu')).toBeLessThanOrEqual((user + system) / 1e6);
  });

  it('refuses a second call for a namespace, and bad options', () => {
    const { recorder } = measured();
    const code = (call: () => unknown): string | undefined => {
      try {
        call();
        return undefined;
      } catch (error) {
        return error instanceof MetricsError ? error.code : String(error);
      }
    };
    expect(code(() => processMetrics(recorder))).toBe('name_clash');
    for (const resolution of [0, 1001, Number.NaN, '10', null]) {
      expect(code(() => processMetrics(new Recorder(), { resolution } as never))).toBe('invalid_option');
    }
    expect(code(() => processMetrics(new Recorder(), { interval: 5 } as never))).toBe('invalid_option');
    const taken = new Recorder();
    taken.namespace('process').gauge('cpu');
    expect(code(() => processMetrics(taken))).toBe('name_clash');
  });

  it('costs a disabled recorder nothing', () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const recorder = new Recorder({ enabled: false });
    processMetrics(recorder)();
    expect(timers).not.toHaveBeenCalled();
    expect(recorder.snapshot().samples).toEqual([]);
  });
});

describe('on a platform without /proc', () => {
  it('leaves out what is missing, and nothing else', async () => {
    vi.resetModules();
    const missing = (): never => {
      throw new Error('ENOENT');
    };
    vi.doMock('node:fs', () => ({ readFileSync: missing, readdirSync: missing, statSync: missing }));
    const { getActiveResourcesInfo } = process;
    Object.assign(process, { getActiveResourcesInfo: undefined });
    try {
      const { processMetrics: elsewhere } = await import('circmetrics/node');
      const here = measured().recorder;
      const there = new Recorder();
      undone.push(elsewhere(there));
      const names = (recorder: Recorder) => new Set([...recorder.snapshot()].map(({ name }) => name));
      const left = [...names(here)].filter((name) => !names(there).has(name));
      const ofLinux = ['heap', 'max_fds', 'open_fds', 'virtual_memory'];
      expect(left.sort()).toEqual(process.platform === 'linux' ? ofLinux : []);
      expect(names(there)).not.toContain('active_resources_total');
      expect(there.status().refused.callback).toBe(0);
    } finally {
      vi.doUnmock('node:fs');
      Object.assign(process, { getActiveResourcesInfo });
    }
  });
});
