import { type Cursor, LogLinearHistogram, type Part, Recorder, type Snapshot } from 'circmetrics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seed } from '../seed.js';

// A family against a plain Map of tuples, over everything that can happen to a series.

const expireAfter = 1_000_000;
const maxSeries = 4;
/** Tuples that joined keys, prototypes or conversions would take for each other; few, so that they meet again. */
const tuple = fc.constantFrom<[string, string]>(
  ['x|', 'y'],
  ['x', '|y'],
  ['', '__proto__'],
  ['__proto__', ''],
  ['\ud800', '7'],
  ['\ufffd', '7'],
);

type Step =
  | { readonly do: 'with'; readonly tuple: readonly [string, string]; readonly n: number }
  | { readonly do: 'kept'; readonly which: number; readonly n: number }
  | { readonly do: 'remove'; readonly tuple: readonly [string, string] }
  | { readonly do: 'clear' }
  | { readonly do: 'wait'; readonly share: number }
  | { readonly do: 'snapshot' }
  | { readonly do: 'read' }
  | { readonly do: 'commit'; readonly pick: number; readonly half: boolean };

const n = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('with' as const), tuple, n }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('kept' as const), which: fc.nat(30), n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), tuple }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), share: fc.constantFrom(0.4, 1, 3) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('commit' as const), pick: fc.nat(63), half: fc.boolean() }),
  },
);

/** What the model knows of one series that lives. */
interface Live {
  total: number;
  touched: boolean;
  usedAt: number;
}

const overflowKey = 'overflow';

function keyOf({ series }: Part): string {
  const tags = Object.fromEntries(series.tags.map(([category, value]) => [`#${category}`, value]));
  return tags['#overflow'] === 'true' ? overflowKey : JSON.stringify([tags['#a'], tags['#b']]);
}

const numberOf = (value: Part['value']): number =>
  value instanceof LogLinearHistogram ? value.count : Number(value);

function halfOf({ series, value }: Part): Part {
  if (!(value instanceof LogLinearHistogram)) return { series, value: Math.floor(Number(value) / 2) };
  const half = new LogLinearHistogram();
  half.record(1, Math.floor(value.count / 2));
  return { series, value: half };
}

it.each(['counter', 'histogram'] as const)('a family of %ss does what a map of tuples does', (kind) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      let now = 1_700_000_000_000;
      const recorder = new Recorder({ clock: { now: () => now, monotonic: () => now }, onWarning: () => {} });
      const options = { tagNames: ['a', 'b'], maxSeries, expireAfter } as const;
      const counters = recorder.counter('c', options);
      const histograms = recorder.histogram('h', options);
      const family = kind === 'counter' ? counters : histograms;
      const take = ([a, b]: readonly [string, string]): ((n: number) => void) => {
        if (kind === 'histogram') {
          const handle = histograms.with({ a, b });
          return (count) => handle.record(1, count);
        }
        const handle = counters.with({ a, b });
        return (count) => handle.add(count);
      };
      const cursor: Cursor = recorder.cursor();

      const live = new Map<string, Live>();
      const recorded = new Map<string, number>();
      const delivered = new Map<string, number>();
      const kept: { readonly key: string; readonly record: (n: number) => void }[] = [];
      let read: Snapshot | undefined;
      let taken = new Set<unknown>();
      const room = (): boolean => live.size - Number(live.has(overflowKey)) < maxSeries;
      /** Where a sample for a tuple goes. */
      const place = (key: string): string => (live.has(key) || room() ? key : overflowKey);
      const open = (key: string): Live => {
        const one = live.get(key) ?? { total: 0, touched: true, usedAt: now };
        live.set(key, one);
        return one;
      };
      const sample = (key: string, count: number): void => {
        // A histogram does not notice that it is given nothing.
        if (kind === 'histogram' && count === 0) return;
        const at = place(key);
        const one = open(at);
        one.total += count;
        one.touched = true;
        recorded.set(at, (recorded.get(at) ?? 0) + count);
      };
      const sweep = (): void => {
        for (const [key, one] of live) {
          if (one.touched) one.usedAt = now;
          else if (now - one.usedAt >= expireAfter) live.delete(key);
          one.touched = false;
        }
      };

      for (const action of steps) {
        switch (action.do) {
          case 'with': {
            const key = JSON.stringify(action.tuple);
            const record = take(action.tuple);
            const at = place(key);
            open(at);
            kept.push({ key: at, record });
            record(action.n);
            sample(key, action.n);
            break;
          }
          case 'kept': {
            const handle = kept[action.which % Math.max(1, kept.length)];
            handle?.record(action.n);
            if (handle !== undefined) sample(handle.key, action.n);
            break;
          }
          case 'remove': {
            const [a, b] = action.tuple;
            expect(family.remove({ a, b })).toBe(live.delete(JSON.stringify(action.tuple)));
            break;
          }
          case 'clear':
            family.clear();
            live.clear();
            break;
          case 'wait':
            now += expireAfter * action.share;
            break;
          case 'snapshot': {
            sweep();
            const seen = recorder.snapshot().samples.map((one) => [keyOf(one), numberOf(one.value)] as const);
            expect(new Map(seen)).toEqual(new Map([...live].map(([key, { total }]) => [key, total])));
            expect(seen).toHaveLength(live.size);
            break;
          }
          case 'read': {
            sweep();
            read = cursor.read();
            taken = new Set();
            const keys = read.samples.map(keyOf);
            expect(new Set(keys).size).toBe(keys.length);
            for (const { value } of read) expect(numberOf(value)).toBeGreaterThanOrEqual(0);
            break;
          }
          default: {
            const parts = (read?.samples ?? []).filter(
              ({ series }, i) => (action.pick >> i) & 1 && !taken.has(series),
            );
            for (const part of parts) taken.add(part.series);
            const given = action.half ? parts.map(halfOf) : parts;
            for (const part of given) {
              delivered.set(keyOf(part), (delivered.get(keyOf(part)) ?? 0) + numberOf(part.value));
            }
            cursor.commit(given);
          }
        }
      }
      for (const part of cursor.read()) {
        delivered.set(keyOf(part), (delivered.get(keyOf(part)) ?? 0) + numberOf(part.value));
      }
      const some = (map: Map<string, number>): unknown => new Map([...map].filter(([, count]) => count > 0));
      expect(some(delivered)).toEqual(some(recorded));
    }),
    { seed, numRuns: 1000 },
  );
});
