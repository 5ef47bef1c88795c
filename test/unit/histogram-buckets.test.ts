// Histograms from other systems' buckets.
import { LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import { counts } from './histograms.js';
import { codeOf } from './refusals.js';

describe('fromBuckets', () => {
  const single = (
    bounds: number[],
    buckets: number[],
    mode?: Parameters<typeof LogLinearHistogram.fromBuckets>[2],
  ) => counts(LogLinearHistogram.fromBuckets(bounds, buckets, mode)).map(([edge]) => edge);

  it('puts samples where the mode says', () => {
    expect(single([10, 40], [7])).toEqual([25]);
    expect(single([10, 40], [7], 'mid')).toEqual([25]);
    expect(single([10, 40], [7], 'harmonicMean')).toEqual([16]);
    expect(single([10, 40], [7], 'low')).toEqual([10]);
    expect(single([10, 40], [7], 'high')).toEqual([39]);
    expect(single([-40, -10], [7], 'mid')).toEqual([-25]);
    expect(single([-40, -10], [7], 'low')).toEqual([-10]);
    expect(single([-40, -10], [7], 'high')).toEqual([-39]);
    expect(single([0, 40], [7], 'low')).toEqual([0]);
    expect(single([0, 40], [7], 'harmonicMean')).toEqual([20]);
    expect(single([-5, 5], [7], 'harmonicMean')).toEqual([0]);
    expect(single([0, 0], [7])).toEqual([0]);
  });

  it('takes edges, upper bounds, or upper bounds of all but the last', () => {
    expect(single([1, 2, 4], [1, 1])).toEqual([1.5, 3]);
    expect(single([2, 4], [1, 1])).toEqual([1, 3]);
    expect(single([2, 4, Infinity], [1, 1, 1])).toEqual([1, 3, 6]);
    expect(single([2, 4], [1, 1, 1])).toEqual([1, 3, 6]);
    expect(single([-Infinity, 2, 4, Infinity], [1, 1, 1])).toEqual([0, 3, 6]);
    expect(single([-4, -2, 0], [1, 1, 1])).toEqual([-6, -3, -1]);
    expect(single([], [5])).toEqual([0]);
    expect(single([-Infinity, Infinity], [5])).toEqual([0]);
    expect(single([], [])).toEqual([]);
    expect(LogLinearHistogram.fromBuckets([1, 2, 4], [3, 4]).count).toBe(7);
    expect(LogLinearHistogram.fromBuckets([1, 2, 4], [3, 4]).recordedSum).toBeUndefined();
  });

  const modes = ['mid', 'harmonicMean', 'low', 'high'] as const;

  it.each(modes)('loses no sample of a bucket that reaches into the range (%s)', (mode) => {
    const bounds = [-Infinity, -1e127, -1, 0, 1e-300, 1, 1e127, 1e300];
    const buckets = bounds.slice(1).map((_, i) => i + 1);
    expect(LogLinearHistogram.fromBuckets(bounds, buckets, mode).count).toBe(28);
    expect(LogLinearHistogram.fromBuckets([1, 1e127, Infinity], [1, 2], mode).count).toBe(3);
  });

  it.each(modes)('puts what is out of range in no bin, as the reference does (%s)', (mode) => {
    for (const bounds of [
      [1e128, 1e129],
      [1e128, 1e128],
      [1e300, Infinity],
      [-1e129, -1e128],
      [-Infinity, -1e128],
    ]) {
      expect(counts(LogLinearHistogram.fromBuckets(bounds, [5], mode))).toEqual([]);
    }
    // Only this side of the range is known of the first.
    expect(
      LogLinearHistogram.fromBuckets([-1e300, -1e128, -1, 1, 1e128, 1e300], [1, 2, 4, 8, 16], mode).count &
        21,
    ).toBe(4);
  });

  it('takes a bound out of range for what it is where there is no other bucket', () => {
    expect(single([1, 1e128], [1])[0]! / 5e127).toBeCloseTo(1, 12);
    expect(single([1, 1e129], [1])).toEqual([]);
    expect(single([1, 1e129], [1], 'high')).toEqual([1e127]);
    expect(single([1, 1e129], [1], 'low')).toEqual([1]);
  });

  it('refuses what is no list of buckets', () => {
    for (const [bounds, buckets] of [
      [undefined, [1]],
      [[1], null],
      [[1, 2, 3, 4], [1]],
      [[1], [1, 2, 3]],
      [[2, 1], [1]],
      [[NaN, 1], [1]],
      [['a', 1], [1]],
      [[1, 2], [-1]],
      [[1, 2], [0.5]],
      [[1, 2], ['1']],
      [[1, 2], [1n]],
      [['1', 2], [1]],
      [[null, 2], [1]],
    ]) {
      expect(codeOf(() => LogLinearHistogram.fromBuckets(bounds as number[], buckets as number[]))).toBe(
        'invalid_histogram',
      );
    }
    expect(codeOf(() => LogLinearHistogram.fromBuckets([1, 2], [1], 'median' as 'mid'))).toBe(
      'invalid_option',
    );
  });
});
