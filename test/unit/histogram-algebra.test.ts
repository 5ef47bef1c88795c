// Histograms of histograms: merged, subtracted, compressed, clamped, downsampled.
import { LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import { counts, MOST, of } from './histograms.js';
import { codeOf } from './refusals.js';

describe('algebra', () => {
  it('merges itself, and subtracts itself', () => {
    const histogram = of(1, 2, -3, 0, 5e60);
    histogram.merge(histogram);
    expect(counts(histogram).map(([, count]) => count)).toEqual([2, 2, 2, 2, 2]);
    expect(histogram.recordedSum).toBe(1e61);
    expect(histogram.subtract(histogram)).toBe(true);
    expect([histogram.count, histogram.recordedSum]).toEqual([0, 0]);
  });

  it('says when there was not enough to subtract', () => {
    const histogram = of(1, 2, 2);
    expect(histogram.subtract(of(2, 2, 2, 7))).toBe(false);
    expect(counts(histogram)).toEqual([[1, 1]]);
    expect(histogram.recordedSum).toBeUndefined();
    histogram.clear();
    expect(histogram.recordedSum).toBe(0);
    expect(new LogLinearHistogram().subtract(of(1))).toBe(false);
  });

  it('keeps the running sum as long as it is known', () => {
    const histogram = of(1.5, 100);
    expect(histogram.clone().merge(of(-2)).recordedSum).toBe(99.5);
    expect(histogram.clone().compress(1).recordedSum).toBe(101.5);
    expect(histogram.clone().clamp(0, 1000).recordedSum).toBe(101.5);
    expect(histogram.clone().clamp(0, 10).recordedSum).toBeUndefined();
    const restored = LogLinearHistogram.fromBytes(histogram.toBytes());
    expect(restored.recordedSum).toBeUndefined();
    expect(histogram.clone().merge(restored).recordedSum).toBeUndefined();
  });

  it('compresses, clamps and downsamples in place', () => {
    const histogram = of(0.012, 0.13, 1.3, 13, -0.19);
    expect(histogram.compress(-1)).toBe(histogram);
    expect(counts(histogram)).toEqual([
      [-0.1, 1],
      [0, 1],
      [0.1, 1],
      [1.3, 1],
      [13, 1],
    ]);
    expect(histogram.clamp(0.05, 2)).toBe(histogram);
    expect(counts(histogram)).toEqual([
      [0.1, 1],
      [1.3, 1],
    ]);
    expect(histogram.clone().downsample(1)).toEqual(histogram);
    expect(histogram.clone().downsample(2).count).toBe(2);
    expect(histogram.clone().downsample(-1).count).toBe(0);
    expect(histogram.downsample(0)).toBe(histogram);
    expect(histogram.count).toBe(0);
    expect(codeOf(() => histogram.clamp(NaN, 1))).toBe('invalid_option');
    expect(codeOf(() => histogram.clamp(0, '1' as unknown as number))).toBe('invalid_option');
    expect(codeOf(() => histogram.compress(0.5))).toBe('invalid_option');
    expect(codeOf(() => histogram.downsample(NaN))).toBe('invalid_option');
  });

  it('downsamples binomially, from an injected source, and whatever that gives', () => {
    let state = 1;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (const [n, p] of [
      [7, 0.4],
      [1000, 0.25],
      [1e6, 0.9],
      [MOST, 1e-13],
    ] as const) {
      let [sum, squares] = [0, 0];
      for (let i = 0; i < 4000; i++) {
        const histogram = new LogLinearHistogram();
        histogram.record(1, n);
        const kept = histogram.downsample(p, random).count;
        const off = kept - n * p;
        sum += off;
        squares += off * off;
      }
      const variance = n * p * (1 - p);
      expect(Math.abs(sum / 4000) / Math.sqrt(variance)).toBeLessThan(0.08);
      expect(squares / 4000 / variance).toBeGreaterThan(0.9);
      expect(squares / 4000 / variance).toBeLessThan(1.1);
    }
    for (const constant of [0, 0.5, 1, NaN, -1, 2]) {
      const histogram = new LogLinearHistogram();
      for (const n of [1, 100, 1e5, 1e15]) histogram.record(n, n);
      histogram.downsample(0.3, () => constant);
      expect([...histogram.bins()].every(({ count, edge }) => Number.isInteger(count) && count <= edge)).toBe(
        true,
      );
    }
  });
});
