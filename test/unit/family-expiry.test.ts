// How the series of a family end, and come back.
import { Recorder, type Sample } from 'circmetrics';
import { describe, expect, it } from 'vitest';
import { tagsOf, timed } from './timed.js';

const limit = 1000;

describe('expiry', () => {
  it('ends what was not touched, and lets kept handles come back as new series', () => {
    const { recorder, time } = timed();
    const family = recorder.counter('c', { tagNames: ['a'], expireAfter: limit });
    const [idle, busy] = [family.with({ a: 'idle' }), family.with({ a: 'busy' })];
    idle.add(5);
    const first = recorder.snapshot().samples[0] as Sample;
    for (let i = 0; i < 4; i++) {
      time.now += limit / 2;
      busy.add();
      recorder.snapshot();
    }
    expect(recorder.snapshot().samples.map(tagsOf)).toEqual([{ a: 'busy' }]);
    expect([idle.value, tagsOf(first)]).toEqual([0, { a: 'idle' }]);
    const stranger = family.with({ a: 'stranger' });
    stranger.add(7);
    idle.add(2);
    expect([stranger.value, idle.value]).toEqual([7, 2]);
    const back = recorder.snapshot().samples.find(({ tags }) => tags[0]?.[1] === 'idle') as Sample;
    expect(back.value).toBe(2);
    expect(back.series).not.toBe(first.series);
    expect(back.start).toBe(time.now);
  });

  it('lets an old handle share the series of a newer one', () => {
    const { recorder } = timed();
    const family = recorder.histogram('h', { tagNames: ['a'] });
    const old = family.with({ a: 1 });
    old.record(1);
    family.remove({ a: 1 });
    const newer = family.with({ a: 1 });
    newer.record(2);
    old.record(3);
    expect([old, newer].map((handle) => handle.histogram().count)).toEqual([2, 2]);
    newer.clear();
    old.record(4);
    expect(newer.histogram().count).toBe(1);
    expect(recorder.snapshot().samples).toHaveLength(1);
  });

  it('knows a touch that changes nothing', () => {
    const { recorder, time } = timed();
    const options = { tagNames: ['a'], expireAfter: limit } as const;
    const touches = [
      (() => {
        const gauge = recorder.gauge('double', options).with({ a: 1 });
        return () => gauge.set(3);
      })(),
      (() => {
        const gauge = recorder.gauge('int64', { ...options, type: 'int64' }).with({ a: 1 });
        return () => gauge.set(3n);
      })(),
      (() => {
        const gauge = recorder.gauge('null', options).with({ a: 1 });
        return () => gauge.set(Number.NaN);
      })(),
      (() => {
        const gauge = recorder.gauge('added', options).with({ a: 1 });
        return () => gauge.add(0);
      })(),
      (() => {
        const counter = recorder.counter('counter', options).with({ a: 1 });
        return () => counter.add(0);
      })(),
      (() => {
        const text = recorder.text('text', options).with({ a: 1 });
        return () => text.set('same');
      })(),
      (() => {
        const timer = recorder.timer('timer', options).with({ a: 1 });
        return () => timer.record(1);
      })(),
    ];
    for (let i = 0; i < 6; i++) {
      time.now += limit;
      for (const touch of touches) touch();
      recorder.snapshot();
    }
    expect(recorder.snapshot().samples).toHaveLength(touches.length);
    time.now += limit;
    expect(recorder.snapshot().samples).toHaveLength(0);
    for (const touch of touches) touch();
    expect(recorder.snapshot().samples).toHaveLength(touches.length);
  });

  it('is measured without reads as well, and keeps memory bounded', async () => {
    const recorder = new Recorder();
    const family = recorder.counter('c', { tagNames: ['a'], expireAfter: 20 });
    family.with({ a: 1 }).add();
    const deadline = Date.now() + 10_000;
    while (recorder.status().series > 0 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 5));
    expect(recorder.status().series).toBe(0);
  });

  it('owes to cursors what was not delivered, in the overflow where it is too much', () => {
    const { recorder } = timed();
    const counters = recorder.counter('c', { tagNames: ['a'] });
    const histograms = recorder.histogram('h', { tagNames: ['a'] });
    const [cursor, other] = [recorder.cursor(), recorder.cursor()];
    for (let i = 0; i < 5000; i++) {
      counters.with({ a: i }).add(2);
      if (i < 50) histograms.with({ a: i }).record(i, 3);
      counters.remove({ a: i });
    }
    histograms.clear();
    const { samples } = cursor.read();
    const total = (kind: string): number =>
      samples.reduce((all, { kind: own, value }) => {
        if (own !== kind) return all;
        return all + (typeof value === 'number' ? value : (value as { count: number }).count);
      }, 0);
    expect([total('counter'), total('histogram')]).toEqual([10_000, 150]);
    expect(samples.length).toBeLessThan(2200);
    expect(cursor.pending()).toBe(samples.length);
    cursor.commit(samples);
    expect(cursor.pending()).toBe(0);
    expect(other.pending()).toBeGreaterThan(1000);
    expect(cursor.read().samples.every(({ value }) => value === 0)).toBe(true);
  });
});
