// Process metrics that are recorded between collections: the event loop's delay and utilisation, garbage collections.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogLinearHistogram, type Recorder } from 'circmetrics';
import { describe, expect, it, vi } from 'vitest';
import { RecentSamples } from '../../src/node/recent.js';
import { block, collectGarbage, measured, number, value } from './measured.js';

/** What has been recorded by now; nothing where there is no such histogram. */
function histogram(recorder: Recorder, name: string, tag?: string): LogLinearHistogram {
  const found = value(recorder.snapshot(), name, tag);
  return found instanceof LogLinearHistogram ? found : new LogLinearHistogram();
}

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
