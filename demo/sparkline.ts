import { type Bins, endsOf } from './trap/bins.js';

/** A logarithmic axis for positive values. */
export interface Axis {
  /** Exponents of ten at both ends; `from` < `to`. */
  readonly from: number;
  readonly to: number;
  /** Characters for each decade. */
  readonly decade: number;
}

const BLOCKS = '▁▂▃▄▅▆▇█';

/**
 * The distribution in one line. A column is as high as the samples in it are many, next to the fullest one;
 * where there is any sample at all, there is at least the lowest block. What lies beyond the axis is in the
 * column at that end.
 */
export function sparkline(bins: Bins, axis: Axis): string {
  const width = (axis.to - axis.from) * axis.decade;
  const columns = new Float64Array(width);
  const columnOf = (value: number): number =>
    value <= 0 ? 0 : Math.min(Math.max((Math.log10(value) - axis.from) * axis.decade, 0), width - 1e-9);

  for (const bin of bins.values()) {
    const [low, high] = endsOf(bin).map(columnOf) as [number, number];
    const count = Number(bin.count);
    // A bin that reaches over several columns gives each its part.
    for (let column = Math.floor(low); column <= Math.floor(high); column += 1) {
      const part = high > low ? (Math.min(high, column + 1) - Math.max(low, column)) / (high - low) : 1;
      columns[column]! += count * part;
    }
  }
  const highest = Math.max(...columns);
  return [...columns]
    .map((count) => (count === 0 ? ' ' : (BLOCKS[Math.ceil((count / highest) * BLOCKS.length) - 1] ?? '▁')))
    .join('');
}

/** The values at the decades of an axis in seconds: `1 ms     10 ms    100 ms   1 s`. */
export function axisLabels(axis: Axis): string {
  let line = '';
  for (let exponent = axis.from; exponent <= axis.to; exponent += 1) {
    const at = (exponent - axis.from) * axis.decade;
    const [unit, scale] = exponent < -3 ? ['µs', 6] : exponent < 0 ? ['ms', 3] : ['s', 0];
    line = `${line.padEnd(at)}${10 ** (exponent + (scale as number))} ${unit}`;
  }
  return line;
}
