// What holds of all answers of a histogram: quantiles, and counts below and above.
import { LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { around, of, samples, value } from './samples.js';

describe('quantile', () => {
  const shares = fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 })
    .map((list) => list.toSorted((a, b) => a - b));
  const some = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 60 });

  it('is monotone, within the recorded range, and in the bin of the sample that it is', () => {
    fc.assert(
      fc.property(some, shares, (list, qs) => {
        const histogram = of(list);
        const sorted = list.flatMap(([x, n]) => new Array<number>(n).fill(x)).sort((a, b) => a - b);
        for (const type of [1, 7] as const) {
          const found = histogram.quantile(qs, { type });
          expect(found).toEqual(found.toSorted((a, b) => a - b));
          found.forEach((x, i) => {
            const q = qs[i]!;
            expect(x).toBeGreaterThanOrEqual(histogram.min());
            expect(x).toBeLessThanOrEqual(histogram.max());
            const rank =
              type === 1
                ? Math.max(Math.ceil(sorted.length * q), 1)
                : Math.floor((sorted.length - 1) * q + 1);
            const [lower, upper] = around(sorted[rank - 1]!);
            expect(x).toBeGreaterThanOrEqual(lower - Math.abs(lower) * 1e-12);
            expect(x).toBeLessThanOrEqual(upper + Math.abs(upper) * 1e-12);
            expect(histogram.quantile(q, { type })).toBe(x);
          });
        }
      }),
    );
  });

  it('agrees with hdr-histogram-js within both error bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 200 }),
        shares,
        (integers, qs) => {
          const ours = new LogLinearHistogram();
          const theirs = build({ numberOfSignificantValueDigits: 3, highestTrackableValue: 2e7 });
          for (const integer of integers) {
            ours.record(integer);
            theirs.recordValue(integer);
          }
          for (const q of qs) {
            // Both are the same sample, if the share is not so near to the next that theirs, in percent, rounds to it.
            const rank = q * integers.length;
            if (Math.abs(rank - Math.round(rank)) < 1e-6) continue;
            const their = theirs.getValueAtPercentile(q * 100);
            const our = ours.quantile(q);
            const [lower, upper] = around(our);
            // Ours is in the bin of the sample; theirs is at most 0.1 % above it.
            expect(their).toBeGreaterThanOrEqual(lower * (1 - 1e-12));
            expect(their).toBeLessThanOrEqual(upper * 1.001 + 1);
          }
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it('is undone by inverseQuantile within the samples of a bin', () => {
    fc.assert(
      fc.property(some, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const histogram = of(list);
        const x = histogram.quantile(q);
        if (x === 0) return;
        const share = histogram.inverseQuantile(x);
        expect(Math.abs(share - q) * histogram.count).toBeLessThanOrEqual(histogram.countNear(x) + 1);
      }),
    );
  });
});

describe('counts', () => {
  it('below and above make up the whole', () => {
    fc.assert(
      fc.property(samples, value, (list, x) => {
        const histogram = of(list);
        const all = histogram.count;
        expect(histogram.countBelow(x) + histogram.countAbove(x, { inclusive: false })).toBe(all);
        expect(histogram.countBelow(x, { inclusive: false }) + histogram.countAbove(x)).toBe(all);
        expect(histogram.countBelow(x) - histogram.countBelow(x, { inclusive: false })).toBe(
          histogram.countNear(x),
        );
      }),
    );
  });
});
