// Counts at bounds against the simplest model there is: a list of all samples, each an exact decimal.
import { LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seed } from '../seed.js';

/** integer × 10^scale, exactly. */
interface Decimal {
  readonly integer: bigint;
  readonly scale: number;
}

interface Sample {
  readonly at: Decimal;
  /** The nearest double. */
  readonly value: number;
  readonly count: number;
  /** Whether it was recorded as the decimal: it may be in another bin then. */
  readonly scaled: boolean;
}

function decimalOf(x: number): Decimal {
  const [mantissa = '', exponent = '0'] = x.toExponential().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { integer: BigInt(whole + fraction), scale: Number(exponent) - fraction.length };
}

/** Below 0, 0, or above 0, as a is below, at or above b. */
function compare(a: Decimal, b: Decimal): number {
  const scale = Math.min(a.scale, b.scale);
  const left = a.integer * 10n ** BigInt(a.scale - scale);
  const right = b.integer * 10n ** BigInt(b.scale - scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

const next = (x: number, steps: number): number => x * (1 + steps * 2 ** -52);

/** Edges of bins, and what is so near them that the double is in the bin beyond, but the decimal is not. */
const edge = fc
  .tuple(fc.integer({ min: 10, max: 99 }), fc.integer({ min: -8, max: 8 }), fc.integer({ min: -30, max: 3 }))
  .map(([digits, exponent, steps]) => next(Number(`${digits}e${exponent}`), steps));
const magnitude = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  edge,
  fc
    .tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: -9, max: 3 }))
    .map(([n, e]) => Number(`${n}e${e}`)),
  fc.constantFrom(1e-128, 5e-324, 1e100, next(1e100, -1), next(1e70, -2), 9.9e127),
);
const bound = fc.oneof(
  { weight: 8, arbitrary: magnitude },
  { weight: 4, arbitrary: magnitude.map((x) => -x) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1e130, -1e130, 1e-200, -1e-200) },
);
const bounds = fc
  .uniqueArray(bound, { minLength: 1, maxLength: 10, selector: (x) => x + 0 })
  .map((list) => list.sort((a, b) => a - b));

const step = fc.record({
  do: fc.constantFrom(
    'value',
    'value',
    'value',
    'scaled',
    'scaled',
    'remove',
    'clone',
    'merge',
    'subtract',
    'clear',
  ),
  /** Which bound the value is near; or which of those is merged. */
  which: fc.nat(30),
  steps: fc.integer({ min: -3, max: 3 }),
  /** How far a decimal is beside the bound, in units of its 22nd digit. */
  beside: fc.constantFrom(-3n, -1n, 0n, 0n, 1n, 40n),
  other: bound,
  near: fc.integer({ min: 0, max: 2 }),
  count: fc.integer({ min: 1, max: 5 }),
});

const most = 1e128;

it('are exact, whatever is recorded, removed, merged and subtracted', () => {
  fc.assert(
    fc.property(bounds, fc.array(step, { maxLength: 40 }), (list, steps) => {
      let histogram = new LogLinearHistogram({ bounds: list });
      let model: Sample[] = [];
      const taken: [LogLinearHistogram, Sample[]][] = [];
      for (const { do: what, which, steps: by, beside, other, near, count } of steps) {
        const beginning = list[which % list.length] as number;
        const value = near === 0 ? other : near === 1 ? beginning : next(beginning, by);
        if (what === 'value') {
          if (histogram.record(value, count) === count)
            model.push({ at: decimalOf(value), value, count, scaled: false });
        } else if (what === 'scaled') {
          const { integer, scale } = decimalOf(near === 0 ? other : beginning);
          const at = { integer: integer * 10n ** 22n + beside, scale: scale - 22 };
          const took = histogram.recordScaled(at.integer, at.scale, count);
          expect(took === count || Math.abs(value) >= most).toBe(true);
          if (took === count)
            model.push({ at, value: Number(`${at.integer}e${at.scale}`), count, scaled: true });
        } else if (what === 'remove') {
          const sample = model[which % Math.max(model.length, 1)];
          if (sample === undefined || sample.scaled) continue;
          const before = histogram.count;
          const removed = histogram.remove(sample.value, sample.count);
          expect(before - histogram.count).toBe(removed);
          expect(removed).toBe(sample.count);
          model.splice(which % model.length, 1);
        } else if (what === 'clone') {
          taken.push([histogram.clone(), [...model]]);
          histogram = histogram.clone();
        } else if (what === 'merge') {
          const [one, samples] = taken[which % Math.max(taken.length, 1)] ?? [histogram, model];
          histogram.merge(one);
          model.push(...samples);
        } else if (what === 'subtract') {
          const rest = histogram.clone();
          const more = new LogLinearHistogram({ bounds: list });
          more.record(value, count);
          histogram.merge(more);
          expect(histogram.subtract(rest)).toBe(true);
          expect(histogram.buckets()).toEqual(more.buckets());
          histogram.merge(rest);
          expect(histogram.subtract(more)).toBe(true);
        } else {
          histogram.clear();
          model = [];
        }
      }
      for (const one of [histogram, histogram.clone()]) {
        const expected = list.map((bound) => [
          bound + 0,
          model.reduce((sum, { at, count }) => sum + (compare(at, decimalOf(bound)) <= 0 ? count : 0), 0),
        ]);
        expect(one.buckets()).toEqual(expected);
        expect(one.inexact).toEqual([]);
      }
    }),
    { seed, numRuns: 3000 },
  );
}, 60_000);

it('change no bin, no sum and no answer', () => {
  fc.assert(
    fc.property(bounds, fc.array(fc.tuple(bound, fc.integer({ min: 1, max: 9 }))), (list, samples) => {
      const [plain, split] = [new LogLinearHistogram(), new LogLinearHistogram({ bounds: list })];
      for (const [value, count] of samples)
        expect(split.record(value, count)).toBe(plain.record(value, count));
      expect(split.toBase64()).toBe(plain.toBase64());
      expect(split.recordedSum).toBe(plain.recordedSum);
      expect(split.quantile([0.1, 0.5, 0.9])).toEqual(plain.quantile([0.1, 0.5, 0.9]));
    }),
    { seed },
  );
});

it('are off by a bin at most where samples come without sides, and say so', () => {
  fc.assert(
    fc.property(bounds, fc.array(bound), fc.array(bound), (list, own, others) => {
      const histogram = new LogLinearHistogram({ bounds: list });
      const plain = new LogLinearHistogram();
      for (const value of own) histogram.record(value);
      for (const value of others) plain.record(value);
      histogram.merge(plain);
      const all = [...own, ...others].filter(
        (value) => Math.abs(value) < most && plain.clone().record(value) === 1,
      );
      // A bound just below an edge has two bins.
      const near = (bound: number): number => plain.countNear(bound) + plain.countNear(bound * (1 - 1e-13));
      for (const [bound, count] of histogram.buckets()) {
        const exact = all.filter((value) => value <= bound).length;
        if (histogram.inexact.includes(bound))
          expect(Math.abs(count - exact)).toBeLessThanOrEqual(near(bound));
        else expect([bound, count]).toEqual([bound, exact]);
      }
      if (others.length === 0) expect(histogram.inexact).toEqual([]);
    }),
    { seed, numRuns: 1000 },
  );
});
