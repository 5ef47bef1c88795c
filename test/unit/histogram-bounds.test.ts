import { LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import { MOST } from './histograms.js';

/** A histogram of some values. */
function of(values: readonly number[], bounds?: readonly number[]): LogLinearHistogram {
  const histogram = new LogLinearHistogram({ bounds });
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('bounds', () => {
  it('count what is at or below them, whatever bins they are in', () => {
    const sizes = of([1, 1, 2, 100, 120, 120.5, 144, 144.5, 149], [1, 100, 120, 144, 146.25]);
    expect(sizes.bounds).toEqual([1, 100, 120, 144, 146.25]);
    expect(sizes.buckets()).toEqual([
      [1, 2],
      [100, 4],
      [120, 5],
      [144, 7],
      [146.25, 8],
    ]);
    expect(sizes.count).toBe(9);
  });

  it('are compared with decimals as decimals', () => {
    const histogram = new LogLinearHistogram({ bounds: [0.1, 0.3] });
    histogram.recordScaled(1n, -1);
    histogram.recordScaled(10n ** 20n + 1n, -21);
    histogram.recordScaled(3n * 10n ** 20n - 1n, -21);
    histogram.record(0.1 + 0.2);
    expect(histogram.buckets()).toEqual([
      [0.1, 1],
      [0.3, 3],
    ]);
  });

  it('may be beyond all values, negative, and zero', () => {
    const histogram = of([-1e-200, 0, -0, 1e-200, -5, 5], [-1e300, -5, 0, 5, 1e300]);
    expect(histogram.buckets().map(([, count]) => count)).toEqual([0, 1, 4, 6, 6]);
  });

  it('are a copy of what was given, and −0 is 0', () => {
    const bounds = [-0, 1];
    const histogram = of([0, 1], bounds);
    bounds.push(2);
    expect(histogram.buckets()).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(histogram.clone().bounds).toEqual([0, 1]);
  });

  it.each([
    [[]],
    [[2, 1]],
    [[1, 1]],
    [[Number.NaN]],
    [[1, Number.POSITIVE_INFINITY]],
    ['1'],
    [['1']],
    [null],
  ])('are not %o', (bounds) => {
    expect(() => new LogLinearHistogram({ bounds: bounds as number[] })).toThrow(
      expect.objectContaining({ name: 'MetricsError', code: 'invalid_option' }),
    );
  });

  it('are 2,000 at most, each counted', () => {
    const bounds = Array.from({ length: 2000 }, (_, i) => 1000 + i / 2);
    const histogram = of(bounds, bounds);
    expect(histogram.buckets()).toEqual(bounds.map((bound, i) => [bound, i + 1]));
    expect(() => of([], [...bounds, 1e9])).toThrow('2000');
  });

  it('are taken from the cells of a source', () => {
    const taken: Float64Array[] = [];
    const histogram = new LogLinearHistogram({
      bounds: [1, 2],
      allocate: (length) => {
        taken.push(new Float64Array(length));
        return taken.at(-1) as Float64Array;
      },
    });
    histogram.record(1.05);
    expect(taken.filter((cells) => cells.some((cell) => cell > 0))).toHaveLength(2);
    expect(histogram.buckets()).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });
});

describe('a bin that is split', () => {
  it('stays at 2^53, and what is not taken is on no side', () => {
    const histogram = new LogLinearHistogram({ bounds: [144] });
    expect(histogram.record(140, MOST - 3)).toBe(MOST - 3);
    expect(histogram.record(148, 2)).toBe(2);
    expect(histogram.record(148, 5)).toBe(1);
    expect(histogram.record(148)).toBe(0);
    expect(histogram.recordScaled(148, 0, 3)).toBe(0);
    expect(histogram.buckets()).toEqual([[144, MOST - 3]]);
    const more = of([148, 148, 140], [144]);
    histogram.merge(more);
    expect(histogram.buckets()).toEqual([[144, MOST - 3]]);
    expect(histogram.inexact).toEqual([]);
  });

  it('gives samples back from the side of the value', () => {
    const histogram = of([141, 145, 145, 148], [144, 146]);
    expect(histogram.remove(147, 5)).toBe(1);
    expect(histogram.remove(145, 5)).toBe(2);
    expect(histogram.remove(145)).toBe(0);
    expect(histogram.buckets()).toEqual([
      [144, 1],
      [146, 1],
    ]);
    expect(histogram.remove(144)).toBe(1);
    expect(histogram.count).toBe(0);
  });

  it('takes over sides from a histogram with the same bounds in it, whatever its others', () => {
    const histogram = of([145], [144, 250]);
    histogram.merge(of([141, 148, 260], [10, 144, 1000]));
    expect(histogram.buckets()).toEqual([
      [144, 1],
      [250, 3],
    ]);
    expect(histogram.inexact).toEqual([]);
    expect(histogram.merge(histogram).buckets()).toEqual([
      [144, 2],
      [250, 6],
    ]);
  });

  it('says that a count is approximate after samples came or went without sides, until they are gone', () => {
    const histogram = of([141, 145, 200], [144, 200]);
    histogram.merge(of([145, 149, 300]));
    expect(histogram.inexact).toEqual([144]);
    expect(histogram.buckets()[1]).toEqual([200, 5]);
    expect(histogram.clone().inexact).toEqual([144]);
    expect(of([], [144]).merge(histogram).inexact).toEqual([144]);
    histogram.clear();
    expect(histogram.inexact).toEqual([]);

    const rest = of([141, 145, 145], [144]);
    rest.subtract(of([145]));
    expect(rest.inexact).toEqual([144]);
    expect(rest.buckets()).toEqual([[144, 0]]);
    rest.subtract(of([145, 145]));
    expect(rest.inexact).toEqual([]);
  });

  it('keeps the share of each side when samples are dropped, and all of them by bins', () => {
    const histogram = of([], [144, 146]);
    histogram.record(141, 5000);
    histogram.record(145, 3000);
    histogram.record(149, 2000);
    histogram.downsample(0.5);
    const { count } = histogram;
    expect(histogram.buckets()).toEqual(
      [
        [144, Math.round(count * 0.5)],
        [146, Math.round(count * 0.8)],
      ].map(([bound, n]) => [bound, expect.closeTo(n as number, -1)]),
    );
    histogram.clamp(200, 300);
    expect(histogram.buckets()).toEqual([
      [144, 0],
      [146, 0],
    ]);
    histogram.record(147);
    expect(histogram.buckets()).toEqual([
      [144, 0],
      [146, 0],
    ]);
  });

  it('is not known any more where bins were folded, and the others are', () => {
    const histogram = of([141, 145, 1410, 1450], [144, 1440]);
    expect(histogram.clone().compress(1).inexact).toEqual([]);
    histogram.compress(2);
    expect(histogram.inexact).toEqual([144]);
    expect(histogram.buckets()[1]).toEqual([1440, 3]);
    histogram.record(1450);
    histogram.merge(of([141], [144, 1440]));
    expect(histogram.inexact).toEqual([144]);
  });

  it('is a bin like others in every form that is written', () => {
    const histogram = of([141, 145], [144]);
    const read = LogLinearHistogram.fromBytes(histogram.toBytes());
    expect([read.bounds, read.inexact, read.buckets()]).toEqual([undefined, [], []]);
    expect(read.equals(histogram)).toBe(true);
  });
});

describe('buckets of a histogram without bounds', () => {
  it('are exact for whole numbers at whole bounds below 100', () => {
    const bounds = Array.from({ length: 99 }, (_, i) => i + 1);
    const histogram = of([-3, 0, ...bounds, ...bounds, 100, 150]);
    expect(histogram.buckets([-3, 0, ...bounds])).toEqual([
      [-3, 1],
      [0, 2],
      ...bounds.map((bound) => [bound, 2 + 2 * bound]),
    ]);
  });

  it('begin above a bound for what is continuous, and go up to the next edge', () => {
    const histogram = of([0.1, 0.105, 0.25, 0.255]);
    expect(histogram.buckets([0.1, 0.25])).toEqual([
      [0.1, 2],
      [0.25, 4],
    ]);
    expect(histogram.buckets([0.1, 0.25, 0.2512], { inclusive: false })).toEqual([
      [0.1, 0],
      [0.25, 2],
      [0.26, 4],
    ]);
    expect(histogram.buckets()).toEqual([]);
    expect(() => histogram.buckets([2, 1])).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });

  it('are not asked for where it has bounds', () => {
    expect(of([1], [1]).buckets([5])).toEqual([[1, 1]]);
  });
});
