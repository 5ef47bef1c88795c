// What very many series left that ended: beyond 2,000 of them it is added to the overflow of their family.
import type { Cursor, Sample } from 'circmetrics';
import { memoryBackend } from 'circmetrics/testing';
import { describe, expect, it } from 'vitest';
import { hour } from './answering.js';
import { tagsOf, timed } from './timed.js';

const limit = 2000;
const tag = (sample: Sample, name: string): unknown => (tagsOf(sample) as Record<string, unknown>)[name];

/**
 * A family of at most 10 series, a cursor whose debts are used up by `limit` series that counted 1 each, and an overflow
 * that counted 100 before them, unless there is to be none.
 */
function full({ before = true } = {}) {
  const { recorder, time } = timed();
  const began = time.now;
  const family = recorder.counter('a', { tagNames: ['t'], maxSeries: 10 });
  const cursor = recorder.cursor();
  const memory = memoryBackend();
  const flusher = recorder.flushTo(memory, { every: hour, include: { t: '*' } });
  for (let t = 0; before && t < 10; t++) family.with({ t: `keeps ${t}` });
  if (before) family.with({ t: 'more' }).add(100);
  for (let t = 0; before && t < 10; t++) family.remove({ t: `keeps ${t}` });
  for (let t = 0; t < limit; t++) {
    family.with({ t }).add();
    family.remove({ t });
  }
  /** What the overflow has in a read, and since when, in milliseconds since the beginning. */
  const overflow = (reader: Cursor = cursor): unknown[] =>
    reader
      .read()
      .samples.filter((sample) => tag(sample, 'overflow') === 'true')
      .map(({ value, start }) => [value, start - began]);
  return { family, cursor, time, flusher, memory, overflow };
}

describe('the overflow', () => {
  it('has what was left beyond the limit, since the oldest of it, in whatever order they ended', () => {
    const { family, cursor, time, overflow } = full({ before: false });
    for (const t of ['x', 'y', 'z']) {
      time.now += 1000;
      family.with({ t }).add(10);
    }
    time.now += 1000;
    for (const t of ['y', 'x', 'z']) family.remove({ t });
    // It came to be with the first that was left to it.
    expect(overflow()).toEqual([[30, 1000]]);
    const { samples } = cursor.read();
    expect(samples).toHaveLength(limit + 1);
    cursor.commit(samples);
    expect([cursor.pending(), cursor.oldest()]).toEqual([0, undefined]);
  });

  it('has nothing of a series that lives on, whose successor keeps it', () => {
    const { family, cursor, overflow } = full();
    const series = family.with({ t: 'x' });
    series.add(7);
    series.clear();
    series.add(2);
    expect(overflow()).toEqual([[100, 0]]);
    expect(cursor.read().samples.find((sample) => tag(sample, 't') === 'x')?.value).toBe(9);
  });

  it.each([0, 5])('that ends leaves what is as old as what it has: with %i of its own', (own) => {
    const { family, cursor, time, overflow } = full();
    cursor.commit(cursor.read().samples.filter((sample) => tag(sample, 'overflow') === 'true'));
    time.now += 5000;
    for (let t = 0; t < 10; t++) family.with({ t: `keeps ${t}` });
    family.with({ t: 'more' }).add(own);
    time.now += 1000;
    for (let t = 0; t < 10; t++) family.remove({ t: `keeps ${t}` });
    family.with({ t: 'x' }).add(3);
    family.remove({ t: 'x' });
    family.clear();
    expect(overflow()).toEqual([[own + 3, own === 0 ? 6000 : 0]]);
  });

  it('is sent with what others left alone, where it is not wanted itself', async () => {
    const { family, flusher, memory, time } = full();
    time.now += 1000;
    for (const t of ['x', 'y']) {
      family.with({ t }).add(3);
      family.remove({ t });
    }
    expect(await flusher.flush()).toMatchObject({ complete: true, samples: limit + 1, pending: 0 });
    memory.expectCounter('a', { overflow: 'true' }).toBe(6);
    family.with({ t: 'x' }).add(1);
    expect(await flusher.flush()).toMatchObject({ complete: true, pending: 0 });
    memory.expectCounter('a', { overflow: 'true' }).toBe(6);
    memory.expectCounter('a', { t: 'x' }).toBe(1);
  });
});
