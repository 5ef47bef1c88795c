// What a cursor makes of parts that nobody should commit, and of series that come and go between read and commit.
import { type Cursor, type Part, Recorder, type Snapshot } from 'circmetrics';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import { timed } from './timed.js';

const valuesOf = (snapshot: Snapshot): unknown[] =>
  snapshot.samples.map(({ value }) => (value instanceof LogLinearHistogram ? value.count : value));

function counting(n: number): { recorder: Recorder; cursor: Cursor; part: (value: number) => Part } {
  const recorder = new Recorder();
  recorder.counter('a').add(n);
  const cursor = recorder.cursor();
  const { series } = cursor.read().samples[0] as Part;
  return { recorder, cursor, part: (value) => ({ series, value }) };
}

describe('a commit', () => {
  it.each([2 ** 60, 1e300, Number.POSITIVE_INFINITY])('of %d takes all that the read had', (value) => {
    const { recorder, cursor, part } = counting(5);
    cursor.commit([part(value)]);
    recorder.counter('a').add(1);
    expect(valuesOf(cursor.read())).toEqual([1]);
  });

  it.each([null, 5, {}, { series: undefined, value: 1 }, { series: {}, value: 1 }])(
    'of %j takes nothing',
    (junk) => {
      const { cursor } = counting(5);
      cursor.commit([junk as never]);
      expect(valuesOf(cursor.read())).toEqual([5]);
    },
  );

  it.each([-1, -(2 ** 60), Number.NEGATIVE_INFINITY, Number.NaN, 0])('of %d takes nothing', (value) => {
    const { cursor, part } = counting(5);
    cursor.commit([part(2)]);
    cursor.commit([part(value)]);
    expect(valuesOf(cursor.read())).toEqual([3]);
  });

  it('of another recorder’s samples takes nothing', () => {
    const other = new Recorder();
    for (const name of ['a', 'b']) other.histogram(name).record(1, 3);
    const { recorder, cursor } = counting(5);
    recorder.histogram('h').record(2, 7);
    cursor.read();
    cursor.commit(other.snapshot().samples);
    cursor.commit(other.cursor().read().samples);
    expect(valuesOf(cursor.read())).toEqual([5, 7]);
  });

  it('of parts that are made while another read is, takes none of them', () => {
    const { recorder, cursor, part } = counting(10);
    cursor.commit(
      (function* () {
        cursor.commit(cursor.read().samples);
        yield part(10);
      })(),
    );
    recorder.counter('a').add(3);
    expect(valuesOf(cursor.read())).toEqual([3]);
  });

  it('of parts that are made while another read is takes none of them, where nothing of it was committed', () => {
    const { recorder, cursor, part } = counting(10);
    cursor.commit(
      (function* () {
        yield part(1);
        recorder.counter('a').add(3);
        cursor.read();
        yield part(9);
      })(),
    );
    expect(valuesOf(cursor.read())).toEqual([12]);
  });

  it('of whole samples moves their beginning, also where nothing is owed of them', () => {
    const { recorder, time } = timed();
    const began = time.now;
    recorder.gauge('g').set(1);
    recorder.text('t').set('x');
    recorder.counter('idle');
    const cursor = recorder.cursor();
    const starts = () => cursor.read().samples.map(({ start }) => start - began);
    expect(starts()).toEqual([0, 0, 0]);
    time.now += 1000;
    const { samples } = cursor.read();
    cursor.commit(samples);
    time.now += 1000;
    expect(starts()).toEqual([1000, 1000, 1000]);
  });

  it('of an older read leaves the beginning of the next one where it was', () => {
    const { recorder, time } = timed();
    recorder.counter('a').add(1);
    const cursor = recorder.cursor();
    const older = cursor.read();
    const { start } = older;
    time.now += 1000;
    cursor.read();
    cursor.commit(older.samples);
    expect(cursor.read().start).toBe(start);
  });
});

describe('what series left that ended', () => {
  /** When they began that hold something, and since when the cursor owes it, in milliseconds since the beginning. */
  const ages = (cursor: Cursor, began: number) => ({
    starts: cursor
      .read()
      .samples.filter(({ value }) => value !== 0)
      .map(({ start }) => start - began),
    oldest: (cursor.oldest() ?? 0) - began,
  });

  it.each(['clear', 'remove'] as const)('is owed since the first of them, joined by %s', (how) => {
    const { recorder, time } = timed();
    const began = time.now;
    const family = recorder.counter('a', { tagNames: ['t'] });
    const cursor = recorder.cursor();
    const end = (): void => {
      if (how === 'clear') family.with({ t: 1 }).clear();
      else family.remove({ t: 1 });
    };
    for (const n of [1, 2, 4]) {
      time.now += 1000;
      family.with({ t: 1 }).add(n);
      end();
    }
    expect(ages(cursor, began)).toEqual({ starts: [1000], oldest: 1000 });
    time.now += 1000;
    family.with({ t: 1 }).add(8);
    const read = cursor.read();
    expect(read.samples.map(({ value, start }) => [value, start - began])).toEqual([[15, 1000]]);
    cursor.commit(read.samples);
    family.with({ t: 1 }).add(16);
    expect(ages(cursor, began)).toEqual({ starts: [4000], oldest: 4000 });
  });

  it('is owed since the last read of which something was delivered', () => {
    const { recorder, time } = timed();
    const began = time.now;
    const counter = recorder.counter('a');
    const cursor = recorder.cursor();
    counter.add(5);
    time.now += 1000;
    cursor.commit(cursor.read().samples);
    time.now += 1000;
    counter.add(1);
    counter.clear();
    time.now += 1000;
    counter.add(2);
    counter.clear();
    expect(ages(cursor, began)).toEqual({ starts: [1000], oldest: 1000 });
  });
});

describe('a read', () => {
  it('owes nothing for ever for the sake of what was rounded', () => {
    const recorder = new Recorder();
    const counter = recorder.counter('a');
    const cursor = recorder.cursor();
    for (let i = 1; i <= 500; i++) {
      counter.add(1 / (3 * i));
      counter.clear();
      counter.add(100 / (7 * i));
      cursor.commit(cursor.read().samples);
      expect(cursor.pending()).toBe(0);
    }
  });

  it('stays what it was when the host adds up its histograms in place', () => {
    const recorder = new Recorder();
    const family = recorder.histogram('h', { tagNames: ['a'] });
    family.with({ a: 1 }).record(1, 3);
    family.with({ a: 2 }).record(1, 4);
    const cursor = recorder.cursor();
    const { samples } = cursor.read();
    samples.map(({ value }) => value as LogLinearHistogram).reduce((all, one) => all.merge(one));
    cursor.commit(samples);
    family.with({ a: 1 }).record(1, 6);
    expect(valuesOf(cursor.read())).toEqual([6, 0]);
  });
});

it('a family of very many series that ends after a read owes nothing once that is committed', () => {
  const series = 50_000;
  const recorder = new Recorder();
  const family = recorder.counter('c', { tagNames: ['a'], maxSeries: series });
  for (let a = 0; a < series; a++) family.with({ a }).add();
  const cursor = recorder.cursor();
  const read = cursor.read();
  // A tenth of a second; half a minute, were each ending to look at those before it.
  family.clear();
  cursor.commit(read);
  expect(cursor.pending()).toBe(0);
  expect(valuesOf(cursor.read()).filter((value) => value !== 0)).toEqual([]);
});

it('a cursor that is closed goes on to tell what was pending then', () => {
  const { recorder, cursor, part } = counting(17);
  cursor.commit([part(10)]);
  cursor.close();
  recorder.counter('a').clear();
  recorder.counter('a').add(3);
  recorder.counter('b').add(4);
  expect(cursor.pending()).toBe(1);
  cursor.close();
  expect(cursor.pending()).toBe(1);
});

it('a read of nothing began with the recorder', () => {
  const { recorder, time } = timed();
  const began = time.now;
  const cursor = recorder.cursor();
  time.now += 1000;
  expect(cursor.read().start).toBe(began);
});
