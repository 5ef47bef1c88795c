import { binEdge, binOf, binWidth, LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';

type Sample = readonly [value: number, count: number];

/** Values as they come in practice, and any other. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 1e-6, max: 1e4, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -1000, max: 1_000_000 }) },
  { weight: 1, arbitrary: fc.double({ min: -1e127, max: 1e127, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, 10, 0.1, 1e-128, -1e-128, 5e-324, 9.9e127) },
);
const count = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 100 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 44 }) },
);
const samples = fc.array(fc.tuple(value, count), { maxLength: 60 });

function of(list: readonly Sample[]): LogLinearHistogram {
  const histogram = new LogLinearHistogram();
  for (const [x, n] of list) histogram.record(x, n);
  return histogram;
}

function total(list: readonly Sample[]): number {
  return list.reduce((sum, [, n]) => sum + n, 0);
}

/** Lower and upper end of a value's bin. */
function around(x: number): [number, number] {
  const bin = binOf(x)!;
  const [near, far] = [binEdge(bin), binEdge(bin) + Math.sign(bin.val) * binWidth(bin)];
  return [Math.min(near, far), Math.max(near, far)];
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
      { numRuns: 1000 },
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
      { numRuns: 5000 },
    );
  });
});

describe('interchange', () => {
  it('round-trips', () => {
    fc.assert(
      fc.property(samples, (list) => {
        const histogram = of(list);
        const bytes = histogram.toBytes();
        expect(LogLinearHistogram.fromBytes(bytes).equals(histogram)).toBe(true);
        expect(LogLinearHistogram.fromBytes(bytes).toBytes()).toEqual(bytes);
        expect(histogram.toBase64()).toBe(Buffer.from(bytes).toString('base64'));
        expect(LogLinearHistogram.fromBase64(histogram.toBase64()).equals(histogram)).toBe(true);
        expect(LogLinearHistogram.fromStrings(histogram.toStrings()).equals(histogram)).toBe(true);
        const copies = histogram.extents.map(({ cells }) => cells.slice());
        let next = 0;
        expect(LogLinearHistogram.over(histogram.extents, () => copies[next++]!).equals(histogram)).toBe(
          true,
        );
      }),
    );
  });

  it('either reads bytes or says that it cannot, at once', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(samples, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([list, at, byte]) =>
        of(list)
          .toBytes()
          .map((old, i, all) => (i === at % all.length ? byte : old)),
      ),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          const histogram = LogLinearHistogram.fromBytes(input);
          expect(histogram.count).toBeGreaterThanOrEqual(0);
          expect(LogLinearHistogram.fromBytes(histogram.toBytes()).equals(histogram)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ name: 'MetricsError', code: 'invalid_histogram' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('either reads text or says that it cannot', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        for (const read of [
          () => LogLinearHistogram.fromBase64(text),
          () => LogLinearHistogram.fromStrings([text]),
          () => LogLinearHistogram.fromStrings([`H[${text}]=${text}`]),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toMatchObject({ name: 'MetricsError', code: 'invalid_histogram' });
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

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
      { numRuns: 300 },
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
