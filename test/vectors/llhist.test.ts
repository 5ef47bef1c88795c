import {
  binEdge,
  binMidpoint,
  binName,
  binOf,
  binOfScaled,
  binWidth,
  LogLinearHistogram,
} from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import vectors from './llhist.json' with { type: 'json' };

type Row = [val: number, exp: number, count: string];

function fromHex(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

/** What the reference calls [-1, 0] is the bin of what is not recorded. */
function expectedBin(val: number, exp: number): { val: number; exp: number } | undefined {
  return val === -1 ? undefined : { val, exp };
}

function rows(histogram: LogLinearHistogram): Row[] {
  return [...histogram.bins()].map(({ val, exp, count }) => [val, exp, String(count)]);
}

/** Floating results agree within 1e-12 relative; null stands for NaN. */
function close(actual: number, expected: number | null): boolean {
  if (expected === null) return Number.isNaN(actual);
  return Math.abs(actual - expected) <= 1e-12 * Math.abs(expected);
}

const histograms = vectors.histograms.map(({ insert }) => {
  const histogram = new LogLinearHistogram();
  for (const [hex, count] of insert as [string, number | string][]) {
    histogram.record(fromHex(hex), Number(count));
  }
  return histogram;
});

describe('libcircllhist vectors', () => {
  it('finds the bin of every double', () => {
    const wrong = (vectors.double as [string, number, number, string][]).filter(([hex, val, exp, text]) => {
      const bin = binOf(fromHex(hex));
      const name = bin === undefined ? 'NaN' : binName(bin);
      return JSON.stringify(bin) !== JSON.stringify(expectedBin(val, exp)) || name !== text;
    });
    expect(wrong).toEqual([]);
  });

  it('records every double in its bin', () => {
    const wrong = (vectors.double as [string, number, number, string][]).filter(([hex, val, exp]) => {
      const histogram = new LogLinearHistogram();
      const taken = histogram.record(fromHex(hex), 3);
      const expected = val === -1 ? [] : [[val, exp, '3']];
      return taken !== 3 * expected.length || JSON.stringify(rows(histogram)) !== JSON.stringify(expected);
    });
    expect(wrong).toEqual([]);
  });

  it('finds the bin of every scaled integer, number or bigint', () => {
    const wrong = (vectors.intscale as [string, number, number, number][]).filter(
      ([integer, scale, val, exp]) => {
        const expected = JSON.stringify(expectedBin(val, exp));
        const number = Number(integer);
        const histogram = new LogLinearHistogram();
        const taken = histogram.recordScaled(BigInt(integer), scale);
        return (
          JSON.stringify(binOfScaled(BigInt(integer), scale)) !== expected ||
          (Number.isSafeInteger(number) && JSON.stringify(binOfScaled(number, scale)) !== expected) ||
          taken !== (val === -1 ? 0 : 1) ||
          JSON.stringify(rows(histogram)) !== JSON.stringify(taken === 0 ? [] : [[val, exp, '1']])
        );
      },
    );
    expect(wrong).toEqual([]);
  });

  it('knows edge, width and midpoint of every bucket', () => {
    const wrong = (vectors.bucket as [number, number, string, string, string][]).filter(
      ([val, exp, edge, width, midpoint]) =>
        binEdge({ val, exp }) !== fromHex(edge) ||
        binWidth({ val, exp }) !== fromHex(width) ||
        binMidpoint({ val, exp }) !== fromHex(midpoint),
    );
    expect(wrong).toEqual([]);
  });

  it.each(vectors.histograms.map((row, index) => ({ row, index })))('histogram $index', ({ row, index }) => {
    const histogram = histograms[index]!;
    expect(rows(histogram)).toEqual(row.bins);
    expect(String(histogram.count)).toBe(row.count);
    for (const [name, actual, expected] of [
      ['sum', histogram.sum(), row.sum],
      ['mean', histogram.mean(), row.mean],
      ['stddev', histogram.stddev(), row.stddev],
      ...Object.entries(row.moment).map(
        ([k, moment]) => [`moment ${k}`, histogram.moment(Number(k)), moment] as const,
      ),
    ] as const) {
      expect([name, actual, expected, close(actual, expected)]).toEqual([name, actual, expected, true]);
    }
    for (const [type, expected] of [
      [1, row.quantile1],
      [7, row.quantile7],
    ] as const) {
      const actual = histogram.quantile(vectors.quantiles, { type });
      expect(actual.map((value, i) => (close(value, expected[i]!) ? expected[i] : value))).toEqual(expected);
      vectors.quantiles.forEach((q, i) => {
        expect(histogram.quantile(q, { type })).toBe(actual[i]);
      });
    }
    row.thresholds.forEach((x, i) => {
      const ratio = histogram.inverseQuantile(x);
      expect(close(ratio, row.inverseQuantile[i]!) ? row.inverseQuantile[i] : ratio).toBe(
        row.inverseQuantile[i],
      );
      expect({
        countBelow: String(histogram.countBelow(x)),
        countBelowExclusive: String(histogram.countBelow(x, { inclusive: false })),
        countAbove: String(histogram.countAbove(x)),
        countAboveExclusive: String(histogram.countAbove(x, { inclusive: false })),
        countNearby: String(histogram.countNear(x)),
      }).toEqual({
        countBelow: row.countBelow[i],
        countBelowExclusive: row.countBelowExclusive[i],
        countAbove: row.countAbove[i],
        countAboveExclusive: row.countAboveExclusive[i],
        countNearby: row.countNearby[i],
      });
    });
  });

  it.each(vectors.histograms.map((row, index) => ({ row, index })))(
    'base64 of histogram $index, both ways',
    ({ row, index }) => {
      // The C writer cuts counts in [2^32, 2^36) and [2^48, 2^52) to 4 and 6 bytes: what it wrote has other counts.
      const truncated = (row.bins as Row[]).some(([, , count]) => {
        const n = Number(count);
        return (n >= 2 ** 32 && n < 2 ** 36) || (n >= 2 ** 48 && n < 2 ** 52);
      });
      const decoded = LogLinearHistogram.fromBase64(row.base64);
      if (!truncated) {
        expect(histograms[index]!.toBase64()).toBe(row.base64);
        expect(rows(decoded)).toEqual(row.bins);
        expect(decoded.toBase64()).toBe(row.base64);
      }
      expect(rows(LogLinearHistogram.fromBase64(histograms[index]!.toBase64()))).toEqual(row.bins);
      expect(rows(LogLinearHistogram.fromStrings(histograms[index]!.toStrings()))).toEqual(row.bins);
    },
  );

  it('merges', () => {
    for (const { a, b, bins } of vectors.merge) {
      expect(rows(histograms[a]!.clone().merge(histograms[b]!))).toEqual(bins);
      expect(rows(histograms[b]!.clone().merge(histograms[a]!))).toEqual(bins);
    }
  });

  it('subtracts', () => {
    for (const row of vectors.subtract) {
      const {
        minuend,
        minuend_merge_of: parts,
        subtrahend,
        underflow,
        bins,
      } = row as typeof row & {
        minuend?: number;
        minuend_merge_of?: number[];
      };
      const histogram = new LogLinearHistogram();
      for (const part of parts ?? [minuend!]) histogram.merge(histograms[part]!);
      expect(histogram.subtract(histograms[subtrahend]!)).toBe(!underflow);
      expect(rows(histogram)).toEqual(bins);
    }
  });

  it('compresses and clamps', () => {
    for (const { h, mbe, bins } of vectors.compress) {
      expect(rows(histograms[h]!.clone().compress(mbe))).toEqual(bins);
    }
    for (const { h, lower, upper, bins } of vectors.clamp) {
      expect(rows(histograms[h]!.clone().clamp(lower, upper))).toEqual(bins);
    }
  });
});
