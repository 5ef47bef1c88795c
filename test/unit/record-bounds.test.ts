// Declared buckets of timers and histograms: what they are part of, and what becomes of their counts.
import { type LogLinearHistogram, Recorder } from 'circmetrics';
import { prometheus } from 'circmetrics/prometheus';
import { describe, expect, it, vi } from 'vitest';
import { samples } from './scraped.js';

const buckets = [1, 100, 120, 144];

/** The counts at the bounds that a recorder's snapshot has of each series, by its tags. */
function countsOf(recorder: Recorder): Record<string, number[]> {
  return Object.fromEntries(
    [...recorder.snapshot()].map(({ tags, value }) => [
      tags.map(([, tag]) => tag).join(),
      (value as LogLinearHistogram).buckets().map(([, count]) => count),
    ]),
  );
}

/** The counts at `le` that Prometheus gets. */
async function bucketsOf(recorder: Recorder): Promise<string[]> {
  return (await samples(prometheus(recorder))).filter((line) => line.includes('le='));
}

describe('buckets', () => {
  it('are told by describe and samples, as a copy that nobody can change', () => {
    const recorder = new Recorder();
    const given = [...buckets];
    recorder.histogram('size', { buckets: given }).record(5);
    recorder.counter('calls');
    given.push(200);
    const [size, calls] = recorder.describe();
    expect([size?.buckets, size?.inexact]).toEqual([buckets, []]);
    expect([calls?.buckets, calls?.inexact]).toEqual([undefined, undefined]);
    expect(Object.isFrozen(size?.buckets)).toBe(true);
    const [sample] = recorder.snapshot().samples;
    expect(sample?.buckets).toEqual(buckets);
    expect((sample?.value as LogLinearHistogram | undefined)?.bounds).toEqual(buckets);
  });

  it('are part of what a metric is', () => {
    const recorder = new Recorder();
    const size = recorder.histogram('size', { buckets: [-0, 1] });
    expect(recorder.histogram('size', { buckets: [0, 1] })).toBe(size);
    for (const other of [undefined, [0], [0, 2], [0, 1, 2]]) {
      expect(() => recorder.histogram('size', other && { buckets: other })).toThrow(
        expect.objectContaining({ code: 'name_clash' }),
      );
    }
  });

  it.each([[[]], [[2, 1]], [[1, 1]], [[Number.POSITIVE_INFINITY]], ['1'], [null]])('are not %o', (given) => {
    expect(() => new Recorder().timer('t', { buckets: given as number[] })).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('buckets') }),
    );
  });

  it('are 2,000 at most', () => {
    const many = Array.from({ length: 2001 }, (_, i) => i);
    expect(() => new Recorder().timer('t', { buckets: many })).toThrow('2000');
    const recorder = new Recorder();
    recorder.histogram('t', { buckets: many.slice(1) }).record(1500);
    expect(countsOf(recorder)['']).toEqual(many.slice(1).map((bound) => (bound < 1500 ? 0 : 1)));
  });
});

describe('counts at buckets', () => {
  it('are those of a histogram, with counts, decimals and what is refused', () => {
    const recorder = new Recorder();
    const size = recorder.histogram('size', { buckets });
    size.record(1, 2);
    size.record(2);
    size.record(143.5);
    size.recordScaled(1_441n, -1, 3);
    size.recordScaled(144n, 0);
    size.record(Number.NaN);
    size.record(-1e130);
    size.record(120, 0.5);
    size.record('1' as unknown as number);
    expect(countsOf(recorder)).toEqual({ '': [2, 3, 3, 5] });
    expect(size.histogram().buckets()).toEqual(buckets.map((bound, i) => [bound, [2, 3, 3, 5][i]]));
    expect(recorder.status().refused.value).toBe(4);
  });

  it('are those of a timer, whose clock ends at a bound', () => {
    let now = 0;
    const recorder = new Recorder({ clock: { now: () => 0, monotonic: () => now } });
    const wait = recorder.timer('wait', { buckets: [0.1, 0.144] });
    for (const milliseconds of [100, 144, 145]) {
      const stop = wait.start();
      now += milliseconds;
      stop();
    }
    wait.record(0.1000001);
    expect(countsOf(recorder)).toEqual({ '': [1, 3] });
  });

  it('begin anew when it is cleared, for cursors too', () => {
    const recorder = new Recorder();
    const size = recorder.histogram('size', { buckets });
    const cursor = recorder.cursor();
    size.record(101);
    size.record(144);
    size.clear();
    size.record(145);
    expect(countsOf(recorder)).toEqual({ '': [0, 0, 0, 0] });
    const [owed] = cursor.read().samples;
    expect((owed?.value as LogLinearHistogram | undefined)?.buckets().map(([, count]) => count)).toEqual([
      0, 0, 1, 2,
    ]);
  });

  it('stay with a snapshot, and with a series that is over', () => {
    const recorder = new Recorder();
    const sizes = recorder.histogram('size', { buckets, tagNames: ['route'] });
    const a = sizes.with({ route: 'a' });
    a.record(144);
    a.record(145);
    const snapshot = recorder.snapshot();
    a.record(143);
    sizes.remove({ route: 'a' });
    // In the cells of what is over.
    const b = sizes.with({ route: 'b' });
    expect(countsOf(recorder)).toEqual({ b: [0, 0, 0, 0] });
    b.record(121);
    expect((snapshot.samples[0]?.value as LogLinearHistogram | undefined)?.buckets()[3]).toEqual([144, 1]);
    expect(countsOf(recorder)).toEqual({ b: [0, 0, 0, 1] });
    const gone = recorder.histogram('other', { buckets, tagNames: ['route'] }).with({ route: 'x' });
    expect(gone.histogram().bounds).toEqual(buckets);
  });

  it('are those of the overflow, and of a series that expired and came back', () => {
    vi.useFakeTimers();
    const recorder = new Recorder({ onWarning: () => {} });
    const sizes = recorder.histogram('size', {
      buckets,
      tagNames: ['route'],
      maxSeries: 1,
      expireAfter: 1000,
    });
    const a = sizes.with({ route: 'a' });
    a.record(145);
    sizes.with({ route: 'b' }).record(121);
    sizes.with({ route: 'c' }).record(119);
    expect(countsOf(recorder)).toEqual({ a: [0, 0, 0, 0], true: [0, 0, 1, 2] });
    vi.advanceTimersByTime(3000);
    expect(countsOf(recorder)).toEqual({});
    expect(a.histogram().buckets()).toEqual(buckets.map((bound) => [bound, 0]));
    a.record(144);
    a.record(146);
    a.recordScaled(1n, 0);
    expect(countsOf(recorder)).toEqual({ a: [1, 1, 1, 2] });
    vi.useRealTimers();
  });

  it('are nowhere where a recorder is disabled', () => {
    const recorder = new Recorder({ enabled: false });
    recorder.histogram('size', { buckets }).record(1);
    expect(countsOf(recorder)).toEqual({});
  });
});

describe('at Prometheus', () => {
  it('each bound has its own name and an exact count', async () => {
    const recorder = new Recorder();
    const size = recorder.histogram('size', { buckets: [-144, 1, 100, 120, 144] });
    for (const value of [1, 1, 2, 144, -144, -145, -143]) size.record(value);
    expect(await bucketsOf(recorder)).toEqual([
      'size_bucket{le="-144.0"} 2',
      'size_bucket{le="1.0"} 5',
      'size_bucket{le="100.0"} 6',
      'size_bucket{le="120.0"} 6',
      'size_bucket{le="144.0"} 7',
      'size_bucket{le="+Inf"} 7',
    ]);
  });

  it('bounds of an endpoint are made of bins: for timers as time is, for histograms as counting is', async () => {
    const recorder = new Recorder();
    recorder.histogram('retries').record(3);
    recorder.timer('wait').record(3);
    const found = (await samples(prometheus(recorder, { buckets: [3] }))).filter((line) =>
      line.includes('"3.0"'),
    );
    expect(found).toEqual(['retries_bucket{le="3.0"} 1', 'wait_seconds_bucket{le="3.0"} 0']);
  });
});
