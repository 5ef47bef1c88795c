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

  it('loses no sample, however far out', () => {
    for (const mode of ['mid', 'harmonicMean', 'low', 'high'] as const) {
      const bounds = [-Infinity, -1e300, -1e127, -1, 0, 1e-300, 1, 1e127, 1e300, Infinity];
      const buckets = bounds.slice(1).map((_, i) => i + 1);
      expect(LogLinearHistogram.fromBuckets(bounds, buckets, mode).count).toBe(45);
    }
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
