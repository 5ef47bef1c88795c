import { type Cursor, type Part, Recorder, type Sample, type Snapshot } from 'circmetrics';
import { LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';

// A cursor against the simplest model there is: what was recorded, and what was committed, by name and by bin.

type Step =
  | { readonly do: 'add'; readonly which: number; readonly n: number }
  | { readonly do: 'record'; readonly which: number; readonly value: number }
  | { readonly do: 'clear'; readonly which: number; readonly histogram: boolean }
  | { readonly do: 'read'; readonly cursor: number }
  | { readonly do: 'commit'; readonly cursor: number; readonly pick: number; readonly stale: boolean }
  | { readonly do: 'half'; readonly cursor: number; readonly pick: number };

const which = fc.nat(2);
const cursor = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), which, n: fc.nat(50) }),
  fc.record({ do: fc.constant('record' as const), which, value: fc.constantFrom(0, 0.25, -3, 1200, 1e-9) }),
  fc.record({ do: fc.constant('clear' as const), which, histogram: fc.boolean() }),
  fc.record({ do: fc.constant('read' as const), cursor }),
  fc.record({ do: fc.constant('commit' as const), cursor, pick: fc.nat(63), stale: fc.boolean() }),
  fc.record({ do: fc.constant('half' as const), cursor, pick: fc.nat(63) }),
);

/** Adds a part to a tally by name and, for histograms, by bin. */
function tally(into: Map<string, number>, { series, value }: Part): void {
  const add = (key: string, n: number): void => {
    into.set(key, (into.get(key) ?? 0) + n);
  };
  if (typeof value === 'number') add(series.name, value);
  else if (value instanceof LogLinearHistogram) {
    for (const { val, exp, count } of value.bins()) add(`${series.name} ${val}e${exp}`, count);
  }
}

function halfOf({ series, value }: Sample): Part {
  if (typeof value === 'number') return { series, value: Math.floor(value / 2) };
  const half = new LogLinearHistogram();
  for (const { edge, count } of (value as LogLinearHistogram).bins())
    half.record(edge, Math.floor(count / 2));
  return { series, value: half };
}

const nonZero = (map: Map<string, number>): [string, number][] => [...map].filter(([, n]) => n !== 0).sort();

describe('cursors', () => {
  it('deliver what was recorded exactly once, whatever is committed, left or cleared', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const recorder = new Recorder();
        const counters = ['a', 'b', 'c'].map((name) => recorder.counter(name));
        const histograms = ['x', 'y', 'z'].map((name) => recorder.histogram(name));
        const readers = [0, 1].map(() => ({
          cursor: recorder.cursor() as Cursor,
          read: undefined as Snapshot | undefined,
          older: undefined as Snapshot | undefined,
          // Of the last read what was not committed yet; more than that is not delivered.
          open: new Map<string, number>(),
          delivered: new Map<string, number>(),
        }));
        const recorded = new Map<string, number>();
        const record = (name: string, value: number, n: number): void => {
          const one = new LogLinearHistogram();
          one.record(value, n);
          tally(recorded, { series: { name } as Part['series'], value: one });
        };
        for (const action of steps) {
          if (action.do === 'add') {
            counters[action.which]?.add(action.n);
            const name = 'abc'[action.which] as string;
            recorded.set(name, (recorded.get(name) ?? 0) + action.n);
          } else if (action.do === 'record') {
            histograms[action.which]?.record(action.value, 3);
            record('xyz'[action.which] as string, action.value, 3);
          } else if (action.do === 'clear') {
            (action.histogram ? histograms : counters)[action.which]?.clear();
          } else {
            const reader = readers[action.cursor] as (typeof readers)[number];
            if (action.do === 'read') {
              reader.older = reader.read;
              reader.read = reader.cursor.read();
              reader.open.clear();
              for (const sample of reader.read) tally(reader.open, sample);
              continue;
            }
            const stale = action.do === 'commit' && action.stale;
            const samples = (stale ? reader.older : reader.read)?.samples ?? [];
            const chosen = samples.filter((_, i) => (action.pick >> i) & 1);
            if (stale) {
              reader.cursor.commit(chosen);
              continue;
            }
            // Several parts of one series, and what was committed already, are all the same to it.
            const parts = action.do === 'half' ? chosen.map(halfOf) : chosen;
            for (const part of parts) {
              const told = new Map<string, number>();
              tally(told, part);
              for (const [key, n] of told) {
                const open = reader.open.get(key) ?? 0;
                reader.open.set(key, open - Math.min(n, open));
                reader.delivered.set(key, (reader.delivered.get(key) ?? 0) + Math.min(n, open));
              }
            }
            reader.cursor.commit(parts);
          }
        }
        for (const { cursor, delivered } of readers) {
          const rest = cursor.read();
          for (const sample of rest) {
            if (typeof sample.value === 'number') expect(sample.value).toBeGreaterThanOrEqual(0);
            tally(delivered, sample);
          }
          expect(nonZero(delivered)).toEqual(nonZero(recorded));
          cursor.commit(rest.samples);
          expect(cursor.pending()).toBe(0);
        }
      }),
      { seed, numRuns: 600 },
    );
  });

  it('take a second commit of one read for one, and commits of an older read for none', () => {
    const recorder = new Recorder();
    const counter = recorder.counter('a');
    const cursor = recorder.cursor();
    counter.add(5);
    const first = cursor.read();
    counter.add(3);
    const second = cursor.read();
    cursor.commit(first.samples);
    expect(cursor.read().samples[0]?.value).toBe(8);
    const third = cursor.read();
    cursor.commit(second.samples);
    cursor.commit(third.samples);
    cursor.commit(third.samples);
    counter.add(1);
    expect(cursor.read().samples[0]?.value).toBe(1);
  });

  it('pay what a predecessor left once, however a counter is split', () => {
    const recorder = new Recorder();
    const counter = recorder.counter('a');
    const cursor = recorder.cursor();
    counter.add(10);
    counter.clear();
    counter.add(5);
    const [sample] = cursor.read().samples;
    const { series } = sample as Sample;
    cursor.commit([{ series, value: 8 }]);
    cursor.commit([{ series, value: 7 }]);
    expect(cursor.read().samples.map(({ value }) => value)).toEqual([0]);
    expect(cursor.pending()).toBe(0);
  });

  it.each(['clear', 'clear twice'])('take a second commit for none after a %s', (how) => {
    const recorder = new Recorder();
    const counter = recorder.counter('a');
    const cursor = recorder.cursor();
    counter.add(10);
    const { samples } = cursor.read();
    counter.add(5);
    if (how === 'clear twice') cursor.commit(samples);
    counter.clear();
    counter.add(1);
    if (how === 'clear twice') counter.clear();
    cursor.commit(samples);
    cursor.commit(samples);
    expect(cursor.read().samples.map(({ value }) => value)).toEqual([6]);
  });

  it('show the same in a read, however often it is asked and whatever is committed meanwhile', () => {
    const recorder = new Recorder();
    const histogram = recorder.histogram('x');
    histogram.record(1, 4);
    const cursor = recorder.cursor();
    const read = cursor.read();
    const [sample] = [...read];
    cursor.commit([sample as Sample]);
    histogram.record(1, 100);
    expect(read.samples[0]?.value).toMatchObject({ count: 4 });
    expect(cursor.read().samples[0]?.value).toMatchObject({ count: 100 });
  });

  it('have nothing more to say once closed', () => {
    const recorder = new Recorder();
    recorder.counter('a').add(2);
    const cursor = recorder.cursor();
    cursor.close();
    expect(cursor.read().samples).toEqual([]);
    expect(recorder.snapshot().samples[0]?.value).toBe(2);
  });
});

it('a read stays what it was when its cursor is closed and read once more', () => {
  const recorder = new Recorder();
  const family = recorder.counter('c', { tagNames: ['route'] });
  family.with({ route: 'a' }).add(10);
  family.remove({ route: 'a' });
  const cursor = recorder.cursor();
  family.with({ route: 'b' }).add(5);
  const first = cursor.read();
  family.remove({ route: 'b' });
  const second = cursor.read();
  cursor.close();
  family.with({ route: 'b' }).add(3);
  expect(cursor.read().samples).toEqual([]);
  expect([...second].map(({ value }) => value)).toEqual([5]);
  expect([...first].map(({ value }) => value)).toEqual([5]);
});
