// What a histogram takes and gives back, sample by sample, and the cells it keeps them in.
import { type CellSource, LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import { counts, MOST, of } from './histograms.js';

describe('record', () => {
  it('returns how many samples it took', () => {
    const histogram = new LogLinearHistogram();
    expect(histogram.record(1.25)).toBe(1);
    expect(histogram.record(1.25, 3)).toBe(3);
    expect(histogram.record(-1.25, 2)).toBe(2);
    expect(histogram.record(0, 4)).toBe(4);
    expect(histogram.record(-0)).toBe(1);
    expect(histogram.record(1.25, 0)).toBe(0);
    expect(counts(histogram)).toEqual([
      [-1.2, 2],
      [0, 5],
      [1.2, 4],
    ]);
    expect(histogram.count).toBe(11);
    expect(histogram.recordedSum).toBe(1.25 * 4 - 1.25 * 2);
  });

  it('takes nothing of what is not a sample, and never throws', () => {
    const histogram = of(5);
    const values = [
      NaN,
      Infinity,
      -Infinity,
      1e128,
      '7',
      7n,
      null,
      undefined,
      {},
      Symbol('x'),
      [7],
    ] as number[];
    for (const value of values) {
      for (const count of [undefined, 1, 5_000_000_000]) expect(histogram.record(value, count)).toBe(0);
      expect(histogram.remove(value)).toBe(0);
    }
    const badCounts = [-1, 0.5, NaN, Infinity, -Infinity, '1', 1n, null, {}, Symbol('x')] as number[];
    for (const count of badCounts) {
      expect(histogram.record(5, count)).toBe(0);
      expect(histogram.record(7e20, count)).toBe(0);
      expect(histogram.record(-5, count)).toBe(0);
      expect(histogram.remove(5, count)).toBe(0);
      expect(histogram.recordScaled(5, 0, count)).toBe(0);
    }
    const integers = [1.5, NaN, Infinity, '5', null, undefined, Symbol('x'), {}] as number[];
    for (const integer of integers) expect(histogram.recordScaled(integer, 0)).toBe(0);
    for (const scale of [0.5, NaN, Infinity, '1', 1n, null, Symbol('x')] as number[]) {
      expect(histogram.recordScaled(5, scale)).toBe(0);
    }
    expect(counts(histogram)).toEqual([[5, 1]]);
    expect(histogram.extents).toHaveLength(1);
    expect(histogram.recordedSum).toBe(5);
  });

  it('counts exactly to 2^53, and stays there', () => {
    for (const value of [1.5, -1.5, 0, 3e40]) {
      const histogram = of(value === 3e40 ? 1 : value);
      histogram.clear();
      expect(histogram.record(value, MOST - 2)).toBe(MOST - 2);
      expect(histogram.record(value)).toBe(1);
      expect(histogram.count).toBe(MOST - 1);
      expect(histogram.record(value, 5)).toBe(1);
      expect(histogram.record(value)).toBe(0);
      expect(histogram.record(value, MOST)).toBe(0);
      expect(histogram.count).toBe(MOST);
      expect([...histogram.bins()][0]!.count).toBe(MOST);
      expect(histogram.merge(histogram).count).toBe(MOST);
    }
  });

  it('works over the whole range, both signs, in any order', () => {
    const histogram = new LogLinearHistogram();
    for (let exp = -127; exp <= 127; exp += 2) {
      expect(histogram.record(Number(`3.5e${exp}`))).toBe(1);
      expect(histogram.record(-Number(`3.5e${-exp}`))).toBe(1);
    }
    expect(histogram.count).toBe(256);
    const edges = [...histogram.bins()].map(({ edge }) => edge);
    expect(edges).toEqual(edges.toSorted((a, b) => a - b));
  });
});

describe('recordScaled', () => {
  it('is exact and knows the value for the sum', () => {
    const histogram = new LogLinearHistogram();
    expect(histogram.recordScaled(12_500_000n, -9)).toBe(1);
    expect(histogram.recordScaled(12_500_000, -9, 3)).toBe(3);
    expect(counts(histogram)).toEqual([[0.012, 4]]);
    expect(histogram.recordedSum).toBe(0.05);
  });

  it('takes any bigint and any scale', () => {
    const histogram = new LogLinearHistogram();
    expect(histogram.recordScaled(10n ** 420n, -400)).toBe(1);
    expect(histogram.recordScaled(-(10n ** 420n), -400)).toBe(1);
    expect(histogram.recordScaled(1, -400)).toBe(1);
    expect(histogram.recordScaled(1, 400)).toBe(0);
    expect(histogram.recordScaled(10n ** 5000n, -5000)).toBe(1);
    expect(counts(histogram)).toEqual([
      [-1e20, 1],
      [0, 1],
      [1, 1],
      [1e20, 1],
    ]);
    // 1 is lost beside 1e20.
    expect(histogram.recordedSum).toBe(0);
  });
});

describe('remove', () => {
  it('takes away no more than there is', () => {
    const histogram = of(3, 3, 3);
    expect(histogram.remove(3.05, 2)).toBe(2);
    expect(histogram.remove(3, 5)).toBe(1);
    expect(histogram.remove(3)).toBe(0);
    expect(histogram.remove(4e50)).toBe(0);
    expect(histogram.count).toBe(0);
    expect([...histogram.bins()]).toEqual([]);
  });
});

describe('cells', () => {
  it('come from the source, never move, and are the whole histogram', () => {
    const block = new Float64Array(10_000);
    let next = 3;
    const source: CellSource = {
      allocate(length) {
        next += length;
        return block.subarray(next - length, next);
      },
    };
    const histogram = new LogLinearHistogram(source);
    expect(next).toBe(3);
    for (const value of [1.5, 0, -20, 1e30, 150, 3e-20]) histogram.record(value, 2);
    const { extents } = histogram;
    expect(extents.every(({ cells }) => cells.buffer === block.buffer)).toBe(true);
    expect(extents.reduce((sum, { cells }) => sum + cells.length, 0)).toBe(next - 3);

    const copy = block.slice();
    const relocate = (cells: Float64Array): Float64Array =>
      new Float64Array(copy.buffer, cells.byteOffset, cells.length);
    histogram.record(1e9);
    histogram.record(1.5);
    expect(histogram.extents).not.toBe(extents);
    const snapshot = LogLinearHistogram.over(extents, relocate);
    expect(snapshot.count).toBe(12);
    expect(snapshot.recordedSum).toBe(2 * (1.5 - 20 + 1e30 + 150 + 3e-20));
    expect(counts(snapshot)).toEqual(
      counts(histogram).flatMap(([edge, n]) => (edge === 1e9 ? [] : [[edge, n === 3 ? 2 : n]])),
    );
    expect(snapshot.record(1.5)).toBe(1);
    expect(histogram.subtract(snapshot)).toBe(true);
    expect(counts(histogram)).toEqual([[1e9, 1]]);
  });

  it('may be shared, with zero or a negative value first', () => {
    for (const first of [0, -4, 7]) {
      const source: CellSource = {
        allocate: (length) => new Float64Array(new SharedArrayBuffer(length * 8)),
      };
      const histogram = new LogLinearHistogram(source);
      for (const value of [first, 0, -4, 7, 7e9, -4e-9]) histogram.record(value);
      const clone = histogram.clone();
      expect(clone.equals(histogram)).toBe(true);
      expect(clone.extents[0]!.cells.buffer).not.toBeInstanceOf(SharedArrayBuffer);
      histogram.clear();
      expect([histogram.count, clone.count]).toEqual([0, 6]);
    }
  });
});
