import { type CellSource, LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';

const MOST = 2 ** 53;

function of(...values: number[]): LogLinearHistogram {
  const histogram = new LogLinearHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function counts(histogram: LogLinearHistogram): [number, number][] {
  return [...histogram.bins()].map(({ edge, count }) => [edge, count]);
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'nothing thrown';
}

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

describe('algebra', () => {
  it('merges itself, and subtracts itself', () => {
    const histogram = of(1, 2, -3, 0, 5e60);
    histogram.merge(histogram);
    expect(counts(histogram).every(([, count]) => count === 2)).toBe(true);
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

describe('interchange', () => {
  it('writes counts in as few bytes as they take', () => {
    for (let bits = 0; bits <= 53; bits++) {
      for (const count of new Set([2 ** bits, Math.min(2 ** bits + 1, MOST), 2 ** bits - 1])) {
        if (count === 0) continue;
        const histogram = new LogLinearHistogram();
        histogram.record(1, count);
        const bytes = histogram.toBytes();
        const width = Math.ceil(count.toString(16).length / 2);
        expect(bytes).toHaveLength(5 + width);
        expect(bytes[4]).toBe(width - 1);
        expect([...LogLinearHistogram.fromBytes(bytes).bins()][0]!.count).toBe(count);
      }
    }
  });

  it('reads counts of any width, saturating', () => {
    for (let width = 1; width <= 8; width++) {
      const bytes = Uint8Array.from([0, 1, 12, 0, width - 1, 3, ...new Array<number>(width - 1).fill(0)]);
      expect(counts(LogLinearHistogram.fromBytes(bytes))).toEqual([[1.2, 3]]);
    }
    const huge = Uint8Array.from([0, 1, 12, 0, 7, 255, 255, 255, 255, 255, 255, 255, 255]);
    expect(LogLinearHistogram.fromBytes(huge).count).toBe(MOST);
  });

  it('skips bins that are none, as the reference does', () => {
    const nan = [255, 0, 0, 9];
    const invalid = [5, 0, 0, 9];
    const empty = [13, 0, 0, 0];
    const bytes = Uint8Array.from([0, 4, ...nan, ...invalid, 12, 0, 0, 1, ...empty]);
    expect(counts(LogLinearHistogram.fromBytes(bytes))).toEqual([[1.2, 1]]);
  });

  it('refuses what is corrupt', () => {
    const good = of(-2, 0, 1.2, 1.3).toBytes();
    const bad: unknown[] = [
      undefined,
      null,
      'AAA=',
      [0, 0],
      {},
      new Uint8Array(0),
      new Uint8Array(1),
      new Float64Array(2),
      Uint8Array.from([255, 255]),
      Uint8Array.from([0, 1, 12, 0, 8, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
      Uint8Array.from([0, 2, 13, 0, 0, 1, 12, 0, 0, 1]),
      Uint8Array.from([0, 2, 12, 0, 0, 1, 12, 0, 0, 1]),
      Uint8Array.from([0, 2, 0, 0, 0, 1, 0, 5, 0, 1]),
      Uint8Array.from([...good, 0]),
    ];
    for (let length = 0; length < good.length; length++) bad.push(good.subarray(0, length));
    for (const bytes of bad) {
      expect(codeOf(() => LogLinearHistogram.fromBytes(bytes as Uint8Array))).toBe('invalid_histogram');
    }
    for (const text of [
      undefined,
      5,
      '',
      'A',
      'AAA',
      'AA=A',
      '====',
      'AAA!',
      'AAEM',
      `${of(1).toBase64()}AAAA`,
    ]) {
      expect(codeOf(() => LogLinearHistogram.fromBase64(text as string))).toBe('invalid_histogram');
    }
    expect(LogLinearHistogram.fromBase64(` ${of(1).toBase64()}\n`).count).toBe(1);
    for (const strings of [
      undefined,
      null,
      5,
      'H[1]=1',
      ['H[]=1'],
      ['H[1]=-1'],
      ['H[1]=1.5'],
      ['H[1e128]=1'],
    ]) {
      expect(codeOf(() => LogLinearHistogram.fromStrings(strings as string[]))).toBe('invalid_histogram');
    }
    for (const string of [
      'H[NaN]=1',
      'H[0x10]=1',
      'H[1]=',
      'h[1]=1x',
      ' H[1]=1',
      'H[1] =1',
      5,
      5n,
      null,
      Symbol('x'),
    ]) {
      expect(codeOf(() => LogLinearHistogram.fromStrings([string as string]))).toBe('invalid_histogram');
    }
    const long = `H[${'1'.repeat(200_000)}`;
    const start = performance.now();
    expect(codeOf(() => LogLinearHistogram.fromStrings([long, `${long}]=${'9'.repeat(200_000)}x`]))).toBe(
      'invalid_histogram',
    );
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('reads and writes H[…] strings', () => {
    const histogram = of(-0.0125, 0, 12, 12.9, 1e100);
    expect(histogram.toStrings()).toEqual(['H[-1.2e-02]=1', 'H[0.0e+00]=1', 'H[1.2e+01]=2', 'H[1.0e+100]=1']);
    const read = LogLinearHistogram.fromStrings([
      'H[12]=3',
      'H[1.2e8]=1',
      'H[1.2e+01]=4',
      'H[.5]=18446744073709551615',
    ]);
    expect(counts(read)).toEqual([
      [0.5, MOST],
      [12, 7],
      [120000000, 1],
    ]);
  });
});

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

describe('toString', () => {
  const distributions: Record<string, LogLinearHistogram> = {
    'log-normal': of(...Array.from({ length: 2000 }, (_, i) => 0.02 * Math.exp(2 * Math.sin(i * i)))),
    negative: of(...Array.from({ length: 500 }, (_, i) => i - 300)),
    single: of(42),
    zero: of(0, 0),
    huge: of(1e-120, -1e-120, 1, 1e120, -1e120),
  };

  it.each(Object.keys(distributions))('keeps within the width: %s', (name) => {
    for (const width of [40, 60, 80, 120]) {
      for (const unit of [undefined, 'seconds', 'bytes', 'requests']) {
        const lines = distributions[name]!.toString({ width, ...(unit === undefined ? {} : { unit }) }).split(
          '\n',
        );
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        expect(lines.length).toBeLessThanOrEqual(30);
      }
    }
    expect(distributions[name]!.toString()).toBe(distributions[name]!.toString({ width: 80 }));
    for (const mark of ['p50', 'p90', 'p99'])
      expect(distributions[name]!.toString()).toMatch(new RegExp(`◂.*${mark}`));
  });

  it('draws', () => {
    const histogram = new LogLinearHistogram();
    for (const [value, count] of [
      [0.0011, 10],
      [0.0018, 60],
      [0.0044, 20],
      [0.012, 9],
      [0.9, 1],
    ] as const) {
      histogram.record(value, count);
    }
    expect(`\n${histogram.toString({ unit: 'seconds', width: 60 })}\n`).toMatchInlineSnapshot(`
      "
      100 samples  mean 12.3 ms  min 1.1 ms  p50 1.87 ms
      p90 4.5 ms  p99 12.9 ms  max 910 ms

        1 ms │██████▍                                 10.0 %
      1.6 ms │██████████████████████████████████████  60.0 % ◂ p50
      2.5 ms │
        4 ms │████████████▋                           20.0 % ◂ p90
      6.3 ms │
       10 ms │█████▊                                   9.0 % ◂ p99
       16 ms │
       25 ms │
       40 ms │
       63 ms │
      100 ms │
      160 ms │
      250 ms │
      400 ms │
      630 ms │▋                                        1.0 %
      "
    `);
  });
});
