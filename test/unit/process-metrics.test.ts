// Process metrics: what is read at a collection, turning them on and off, and platforms that have less.
import { openSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogLinearHistogram, Recorder } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import { describe, expect, it, vi } from 'vitest';
import { block, collectGarbage, measured, number, undone, value } from './measured.js';
import { codeOf } from './refusals.js';

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
    expect(warnings.splice(0)).toEqual([expect.stringContaining('too many open files')]);
    usage.mockRestore();
    expect(value(recorder.snapshot(), 'process.resident_memory')).toBeGreaterThan(0);
  });
});

const gcBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

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

  it('begins anew where it is called again, and counts nothing twice', async () => {
    const { recorder, undo } = measured();
    const begun = performance.now();
    const calls: (() => void)[] = [];
    for (let i = 0; i < 3; i++) calls.push(processMetrics(recorder, { resolution: 10 + i }));
    undone.push(...calls);
    const usage = vi.spyOn(process, 'memoryUsage');
    const family = recorder.namespace('nodejs').timer('gc_duration', {
      buckets: gcBuckets,
      tagNames: ['kind'],
    });
    const major = family.with({ kind: 'major' });
    await sleep(50);
    const before = major.histogram().count;
    collectGarbage();
    await sleep(50);
    expect(major.histogram().count - before).toBe(1);
    recorder.snapshot();
    expect(usage).toHaveBeenCalledTimes(1);
    // One timer, that of the last call: more would have a sample of each moment each.
    const delays = recorder.namespace('nodejs').timer('eventloop_delay').histogram().count;
    expect(delays).toBeLessThanOrEqual((performance.now() - begun) / 10);
    for (const stop of [undo, ...calls.slice(0, 2)]) stop();
    expect(value(recorder.snapshot(), 'nodejs.version')).toBe(process.version);
    calls[2]?.();
    expect(value(recorder.snapshot(), 'nodejs.version')).toBeNull();
  });

  it('is stopped by another copy of the library that takes over', async () => {
    const { recorder } = measured();
    vi.resetModules();
    const copy = await import('../../src/node/metrics.js');
    undone.push(copy.processMetrics(recorder as never));
    const usage = vi.spyOn(process, 'memoryUsage');
    recorder.snapshot();
    expect(usage).toHaveBeenCalledTimes(1);
  });

  it('refuses bad options, and names that are taken', () => {
    for (const resolution of [0, 1001, Number.NaN, '10', null]) {
      expect(codeOf(() => processMetrics(new Recorder(), { resolution } as never))).toBe('invalid_option');
    }
    expect(codeOf(() => processMetrics(new Recorder(), { interval: 5 } as never))).toBe('invalid_option');
    expect(codeOf(() => processMetrics(5 as never))).toBe('invalid_option');
    const taken = new Recorder();
    taken.namespace('process').gauge('cpu');
    expect(codeOf(() => processMetrics(taken))).toBe('name_clash');
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
