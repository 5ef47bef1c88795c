// What cursors make of the sides of bounds, whatever parts of a read are committed.
import { type Part, Recorder, type Sample, type Snapshot } from 'circmetrics';
import { binOf, LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seed } from '../seed.js';

const buckets = [-144, 0, 1, 5, 144, 146.5, 148];
const values = [-149, -144, -141, -3, 0, 1, 1.05, 2, 141, 144, 145, 146.5, 147, 147.5, 149, 1200];

type Step =
  | { readonly do: 'record'; readonly value: number; readonly count: number }
  | { readonly do: 'clear' }
  | { readonly do: 'read' }
  | { readonly do: 'commit' }
  | { readonly do: 'stale' }
  | { readonly do: 'part'; readonly bins: boolean; readonly share: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      value: fc.constantFrom(...values),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  fc.record({
    do: fc.constantFrom(
      'clear' as const,
      'read' as const,
      'read' as const,
      'commit' as const,
      'stale' as const,
    ),
  }),
  fc.record({ do: fc.constant('part' as const), bins: fc.boolean(), share: fc.constantFrom(0.3, 0.5, 1) }),
);

/** Some of a sample's bins, as a backend carries them: bins alone. */
function binsOf(value: LogLinearHistogram, share: number): LogLinearHistogram {
  const part = new LogLinearHistogram();
  for (const { edge, count } of value.bins()) part.record(edge, Math.ceil(count * share));
  return part;
}

/** Some of a sample with the sides that its samples are on. */
function sidesOf(value: LogLinearHistogram, share: number): LogLinearHistogram {
  let next = 0;
  return value.clone().downsample(share, () => (next = (next + 0.37) % 1));
}

const histogramOf = (sample: Sample | undefined): LogLinearHistogram => sample?.value as LogLinearHistogram;
const countsOf = (histogram: LogLinearHistogram): number[] => histogram.buckets().map(([, count]) => count);

it('a read has between none and all of a bin on each side, and in the end each sample was delivered on one', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50, size: 'max' }), fc.boolean(), (steps, family) => {
      const recorder = new Recorder();
      const own = family
        ? recorder.histogram('h', { buckets, tagNames: ['a'] }).with({ a: 1 })
        : recorder.histogram('h', { buckets });
      const cursor = recorder.cursor();
      const recorded: number[] = [];
      /** By bound, of what was delivered: what is certainly at or below, and what may be. */
      const certain = buckets.map(() => 0);
      const possible = buckets.map(() => 0);
      const reads: { last?: Snapshot | undefined; older?: Snapshot | undefined } = {};
      let open: LogLinearHistogram | undefined;
      const look = (): void => {
        reads.older = reads.last;
        reads.last = cursor.read();
        open = histogramOf(reads.last.samples[0]).clone();
        expect(open.inexact).toEqual([]);
        const counts = countsOf(open);
        for (const [i, bound] of buckets.entries()) {
          expect(counts[i]).toBeGreaterThanOrEqual(open.countBelow(bound, { inclusive: false }));
          expect(counts[i]).toBeLessThanOrEqual(open.countBelow(bound));
          if (i > 0) expect(counts[i]).toBeGreaterThanOrEqual(counts[i - 1] as number);
        }
      };
      const deliver = (part: LogLinearHistogram, known: boolean): void => {
        for (const [i, bound] of buckets.entries()) {
          certain[i]! += known ? (countsOf(part)[i] as number) : part.countBelow(bound, { inclusive: false });
          possible[i]! += known ? (countsOf(part)[i] as number) : part.countBelow(bound);
        }
      };
      for (const action of steps) {
        const sample = reads.last?.samples[0];
        if (action.do === 'record') {
          own.record(action.value, action.count);
          for (let i = 0; i < action.count; i++) recorded.push(action.value);
        } else if (action.do === 'clear') own.clear();
        else if (action.do === 'read') look();
        else if (action.do === 'stale') cursor.commit(reads.older?.samples ?? []);
        else if (sample !== undefined && open !== undefined) {
          if (action.do === 'commit') {
            // What is committed already of the read counts as delivered once.
            deliver(open, true);
            cursor.commit([sample]);
            open.clear();
            continue;
          }
          // Of a read several parts; each of what the ones before have left.
          const value = action.bins ? binsOf(open, action.share) : sidesOf(open, action.share);
          const rest = open.clone();
          rest.subtract(value);
          cursor.commit([{ series: sample.series, value } as Part]);
          if (action.bins) {
            // On which sides the cursor has put them it says in its next read only.
            deliver(value, false);
            reads.last = undefined;
          } else {
            deliver(value, true);
            open = rest;
          }
        }
      }
      look();
      const rest = countsOf(histogramOf(reads.last?.samples[0]));
      for (const [i, bound] of buckets.entries()) {
        const delivered = recorded.filter((value) => value <= bound).length - (rest[i] as number);
        expect(delivered).toBeGreaterThanOrEqual(certain[i] as number);
        expect(delivered).toBeLessThanOrEqual(possible[i] as number);
      }
      cursor.commit(reads.last?.samples ?? []);
      expect(countsOf(histogramOf(cursor.read().samples[0]))).toEqual(buckets.map(() => 0));
      expect(values.every((value) => binOf(value) !== undefined)).toBe(true);
    }),
    { seed, numRuns: 1000 },
  );
});
