// What holds of all histograms that are changed: by samples, by each other, and as a whole.
import { binOf, LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { around, of, type Sample, samples, value } from './samples.js';

function total(list: readonly Sample[]): number {
  return list.reduce((sum, [, n]) => sum + n, 0);
}

describe('merge', () => {
  it('is commutative and associative, and loses no sample', () => {
    fc.assert(
      fc.property(samples, samples, samples, (a, b, c) => {
        const [ab, ba] = [of(a).merge(of(b)), of(b).merge(of(a))];
        expect(ab.equals(ba)).toBe(true);
        expect(ab.count).toBe(total(a) + total(b));
        expect(
          ab
            .clone()
            .merge(of(c))
            .equals(of(a).merge(of(b).merge(of(c)))),
        ).toBe(true);
        expect(ab.equals(of([...a, ...b]))).toBe(true);
      }),
    );
  });

  it('is undone by subtract', () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const histogram = of(a).merge(of(b));
        expect(histogram.subtract(of(b))).toBe(true);
        expect(histogram.equals(of(a))).toBe(true);
      }),
    );
  });

  it('saturates', () => {
    fc.assert(
      fc.property(samples, (a) => {
        const histogram = of(a.map(([x]) => [x, 2 ** 53]));
        expect(histogram.clone().merge(of(a)).equals(histogram)).toBe(true);
      }),
    );
  });
});

describe('subtract', () => {
  it('never goes below zero, and tells', () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const [histogram, other] = [of(a), of(b)];
        const before = new Map([...histogram.bins()].map(({ edge, count: n }) => [edge, n]));
        const enough = [...other.bins()].every(({ edge, count: n }) => (before.get(edge) ?? 0) >= n);
        expect(histogram.subtract(other)).toBe(enough);
        const taken = new Map([...other.bins()].map(({ edge, count: n }) => [edge, n]));
        for (const [edge, n] of before) {
          expect(histogram.countNear(edge)).toBe(Math.max(0, n - (taken.get(edge) ?? 0)));
        }
      }),
    );
  });
});

describe('record and remove', () => {
  it('take back what they took', () => {
    fc.assert(
      fc.property(samples, (list) => {
        const histogram = of(list);
        for (const [x, n] of list) expect(histogram.remove(x, n)).toBe(n);
        expect(histogram.count).toBe(0);
        for (const [x] of list) expect(histogram.remove(x)).toBe(0);
      }),
    );
  });

  it('never throw, and record only samples', () => {
    const anything = fc.oneof(fc.anything(), fc.double(), fc.bigInt(), fc.constant(Symbol('x')));
    fc.assert(
      fc.property(anything, anything, (x, n) => {
        const histogram = new LogLinearHistogram();
        const taken = histogram.record(x as number, n as number);
        const scaled = histogram.recordScaled(x as number, n as number, n as number);
        expect(histogram.count).toBe(taken + scaled);
        histogram.remove(x as number, n as number);
        expect(histogram.count).toBe(scaled);
      }),
      { seed, numRuns: 1000 },
    );
  });

  it('agree with binOf', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        const histogram = new LogLinearHistogram();
        const bin = binOf(x);
        expect(histogram.record(x)).toBe(bin === undefined ? 0 : 1);
        expect([...histogram.bins()].map(({ val, exp }) => ({ val, exp }))).toEqual(
          bin === undefined ? [] : [bin],
        );
      }),
      { seed, numRuns: 5000 },
    );
  });
});

describe('downsample', () => {
  it('keeps no more than there was, bin by bin', () => {
    fc.assert(
      fc.property(
        samples,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1 }),
        (list, p, u) => {
          const histogram = of(list);
          const kept = histogram.clone().downsample(p, () => u);
          expect(histogram.subtract(kept)).toBe(true);
        },
      ),
    );
  });
});

describe('compress and clamp', () => {
  it('keep the count, and only what is inside', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: -128, max: 127 }), value, value, (list, mbe, a, b) => {
        const histogram = of(list);
        const coarse = histogram.clone().compress(mbe);
        expect(coarse.count).toBe(histogram.count);
        expect(coarse.clone().compress(mbe).equals(coarse)).toBe(true);
        const [lower, upper] = [Math.min(a, b), Math.max(a, b)];
        const inside = histogram.clone().clamp(lower, upper);
        for (const [x] of list) {
          // By the bin: zero is 0 then, and what lies a tolerance below an edge is above it.
          const [from, to] = around(x);
          expect(inside.countNear(x)).toBe(to < lower || from > upper ? 0 : histogram.countNear(x));
        }
        expect(histogram.clone().subtract(inside)).toBe(true);
      }),
    );
  });
});
