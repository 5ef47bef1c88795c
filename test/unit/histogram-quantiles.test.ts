// What a histogram answers: quantiles, counts, and nothing where it is empty.
import { LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import { MOST, of } from './histograms.js';
import { codeOf } from './refusals.js';

describe('an empty histogram', () => {
  it('answers NaN, 0 or nothing', () => {
    const empty = new LogLinearHistogram();
    expect(empty.quantile(0.5)).toBeNaN();
    expect(empty.quantile([0, 1], { type: 7 })).toEqual([NaN, NaN]);
    expect(empty.quantile([])).toEqual([]);
    for (const answer of [
      empty.mean(),
      empty.stddev(),
      empty.moment(0),
      empty.moment(2),
      empty.min(),
      empty.max(),
    ]) {
      expect(answer).toBeNaN();
    }
    expect(empty.inverseQuantile(1)).toBeNaN();
    expect([empty.sum(), empty.count, empty.recordedSum]).toEqual([0, 0, 0]);
    expect([empty.countBelow(1), empty.countAbove(1), empty.countNear(0)]).toEqual([0, 0, 0]);
    expect(empty.toBase64()).toBe('AAA=');
    expect(empty.toStrings()).toEqual([]);
    expect(empty.toString()).toBe('no samples');
    expect(empty.extents).toEqual([]);
    expect(empty.clone().equals(empty)).toBe(true);
    expect(empty.merge(empty).subtract(empty)).toBe(true);
    expect(empty.clamp(0, 1).compress(0).downsample(0.5).count).toBe(0);
    expect(LogLinearHistogram.over(empty.extents, (cells) => cells).record(1)).toBe(1);
    expect(LogLinearHistogram.fromBase64('AAA=').recordedSum).toBe(0);
  });
});

describe('quantile', () => {
  it('refuses what is not an ascending list of shares', () => {
    for (const histogram of [of(1), new LogLinearHistogram()]) {
      for (const q of [-0.1, 1.1, NaN, '0.5', null, undefined, [0.9, 0.5], [0.5, NaN], [0.5, 2]]) {
        expect(codeOf(() => histogram.quantile(q as number))).toBe('invalid_quantile');
      }
      expect(codeOf(() => histogram.quantile(0.5, { type: 2 as 1 }))).toBe('invalid_option');
    }
    expect(of(1).quantile([])).toEqual([]);
    expect(of(1, 2).quantile([0.5, 0.5])).toHaveLength(2);
  });

  it('puts the k-th of n samples of a bin at k/(n+1) of it', () => {
    expect(of(1.01).quantile(0.5)).toBeCloseTo(1.05, 12);
    expect(of(1, 1, 1).quantile([0, 1 / 3, 0.5, 1])).toEqual([
      expect.closeTo(1.025, 12),
      expect.closeTo(1.025, 12),
      expect.closeTo(1.05, 12),
      expect.closeTo(1.075, 12),
    ]);
    expect(of(-1).quantile(0.5)).toBeCloseTo(-1.05, 12);
    expect(of(0, 0).quantile([0, 1])).toEqual([0, 0]);
    expect(of(1, 2, 3, 4).quantile(0.5, { type: 1 })).toBeCloseTo(2.05, 12);
    expect(of(1, 2, 3, 4).quantile(0.7, { type: 7 })).toBeCloseTo(3.05, 12);
  });

  it('holds out where the total is beyond 2^53', () => {
    const histogram = new LogLinearHistogram();
    for (const value of [-3, 1.5, 2.5, 7, 1e9]) histogram.record(value, MOST);
    histogram.record(12);
    const [low, middle, high] = histogram.quantile([0, 0.5, 1]) as [number, number, number];
    expect(low).toBeCloseTo(-3.1, 12);
    expect(middle).toBeGreaterThanOrEqual(2.5);
    expect(middle).toBeLessThanOrEqual(2.6);
    expect(high).toBeGreaterThanOrEqual(1e9);
    expect(high).toBeLessThanOrEqual(1.1e9);
  });
});

describe('the last rank beyond 2^53', () => {
  it('is the end of the last bin where the sum of the bins one by one does not reach it', () => {
    // In a block of ten bins, 1 + 1 is added to 2^53 at once; one by one, nothing is.
    const histogram = new LogLinearHistogram();
    histogram.record(1, MOST);
    for (const value of [1.2, 1.3]) histogram.record(value);
    expect(histogram.count).toBe(MOST + 2);
    const [low, ...high] = histogram.quantile([0.5, 1, 1]);
    expect(low).toBeCloseTo(1.05, 12);
    expect(high).toEqual([1.4, 1.4]);
    histogram.record(-7);
    expect(histogram.quantile([0, 1])[0]).toBeCloseTo(-7.05, 12);
  });
});

describe('the ends', () => {
  it('of zeros are 0, and of bins beside zeros the outer ends', () => {
    const ends = (...values: number[]): number[] => [of(...values).min(), of(...values).max()];
    expect(ends(0)).toEqual([0, 0]);
    expect(ends(0, 0, 5)).toEqual([0, 5.1]);
    expect(ends(-5, 0, 0)).toEqual([-5.1, 0]);
    expect(ends(-5, 0, 5)).toEqual([-5.1, 5.1]);
    expect(ends(-5, -1)).toEqual([-5.1, -1]);
  });
});

describe('counts', () => {
  it('know of thresholds that no bin has', () => {
    const histogram = of(-5, 0, 5, 9.9e127);
    expect(histogram.countBelow(Infinity)).toBe(4);
    expect(histogram.countBelow(-Infinity)).toBe(0);
    expect(histogram.countAbove(-1e300)).toBe(4);
    expect(histogram.countAbove(1e128)).toBe(0);
    expect([histogram.countBelow(NaN), histogram.countAbove(NaN), histogram.countNear(NaN)]).toEqual([
      0, 0, 0,
    ]);
    expect(histogram.countNear(Infinity)).toBe(0);
    // In a gap below 1e82.
    expect(histogram.countBelow(9.999999999999867e81)).toBe(3);
    expect(histogram.inverseQuantile(Infinity)).toBe(1);
    expect(histogram.inverseQuantile(-Infinity)).toBe(0);
    expect(histogram.inverseQuantile(NaN)).toBeNaN();
  });

  it('take a threshold in a gap between bins for the bin above', () => {
    // The doubles just below 1e82 are in no bin of the reference's.
    const gap = 9.999999999999867e81;
    for (const sign of [1, -1]) {
      const histogram = of(sign * 9.9e81, sign * 1e82, sign * 1e82);
      expect(histogram.countBelow(sign * gap)).toBe(sign > 0 ? 3 : 2);
      expect(histogram.countAbove(sign * gap)).toBe(sign > 0 ? 2 : 3);
      expect(histogram.countAbove(sign * gap, { inclusive: false })).toBe(sign > 0 ? 0 : 1);
    }
  });

  it('have a bin as below, above and near', () => {
    const histogram = of(1, 1.2, 1.21, 3);
    expect(histogram.countBelow(1.25)).toBe(3);
    expect(histogram.countBelow(1.25, { inclusive: false })).toBe(1);
    expect(histogram.countAbove(1.25)).toBe(3);
    expect(histogram.countAbove(1.25, { inclusive: false })).toBe(1);
    expect(histogram.countNear(1.25)).toBe(2);
    expect([histogram.min(), histogram.max()]).toEqual([1, 3.1]);
  });
});

describe('what is printed', () => {
  it('has no more digits than it needs: the ends of bins, and the middle of one', () => {
    for (let exp = -25; exp < 25; exp++) {
      for (let val = 10; val < 100; val++) {
        const [edge, end, middle] = [0, 1, 0.5].map((more) => Number(`${val + more}e${exp}`)) as [
          number,
          number,
          number,
        ];
        const [one, other] = [of(Number(`${val}.3e${exp}`)), of(-Number(`${val}.3e${exp}`))];
        expect([one.min(), one.max(), one.quantile(0.5)]).toEqual([edge, end, middle]);
        expect([other.min(), other.max(), other.quantile(0.5)]).toEqual([-end, -edge, -middle]);
      }
    }
    expect(String(of(0.00165).max())).toBe('0.0017');
  });

  it('is as short where several samples share a bin', () => {
    const nine = new LogLinearHistogram();
    nine.record(0.00165, 9);
    expect([0.1, 0.5, 0.9].map((q) => String(nine.quantile(q)))).toEqual(['0.00161', '0.00165', '0.00169']);
  });
});

describe('more samples than a double counts one by one', () => {
  it('are counted all the same', () => {
    const histogram = new LogLinearHistogram();
    for (const value of [1, 2, 4]) histogram.record(value, MOST);
    expect([histogram.count, histogram.countBelow(2), histogram.countAbove(2)]).toEqual([
      3 * MOST,
      2 * MOST,
      2 * MOST,
    ]);
    expect(histogram.mean()).toBeCloseTo((1.05 + 2.05 + 4.05) / 3, 2);
  });
});
