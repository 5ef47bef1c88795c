import { binEdge, binOfKey, NEGATIVE } from './bin.js';
import { type Extent, total, walk } from './extents.js';
import { position, quantiles, range, weigh } from './quantile.js';
import { DECADE } from './tables.js';

export interface DrawOptions {
  /** Columns to keep within, from 24 on. 80 if not given. */
  readonly width?: number;
  /** The unit of the samples, such as `seconds` or `bytes`; values get SI prefixes then. */
  readonly unit?: string;
}

/** Where rows begin within a decade, by val: a row for each bin, then log-even ones, down to one for each decade. */
function startsOf(step: number): readonly number[] {
  const rows = [90, 20, 10, 5, 3][step] ?? 1;
  return Array.from({ length: rows }, (_, i) => (rows > 20 ? 10 + i : Math.round(10 ** (1 + i / rows))));
}
const STEPS = 6;

/** As many rows as fit a screen beside the figures. */
const MOST_ROWS = 20;
const MARKS = [0.5, 0.9, 0.99];
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * Draws a distribution for a terminal: figures, then a row for each range of values, of the same ratio each, with its
 * lower edge (for negative values the edge nearest zero), a bar, its share, and marks where p50, p90 and p99 are.
 */
export function draw(extents: readonly Extent[], options: DrawOptions = {}): string {
  const width = Math.max(24, Math.trunc(Number(options.width ?? 80)) || 80);
  const show = (value: number): string => format(value, 3, options.unit);
  const size = total(extents);
  if (size === 0) return 'no samples';

  const [p50, p90, p99] = quantiles(extents, MARKS, 1) as [number, number, number];
  const [lowest, highest] = range(extents);
  const figures = [
    `${size.toLocaleString('en')} ${size === 1 ? 'sample' : 'samples'}`,
    `mean ${show(weigh(extents, (x) => x) / size)}`,
    `min ${show(lowest)}`,
    `p50 ${show(p50)}`,
    `p90 ${show(p90)}`,
    `p99 ${show(p99)}`,
    `max ${show(highest)}`,
  ];

  const rows = toRows(extents);
  const most = Math.max(...rows.map(({ count }) => count));
  const labels = rows.map(({ key }) => format(binEdge(binOfKey(key)), 2, options.unit));
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const marks = toMarks(rows, size);
  const markWidth = Math.max(...marks.map((mark) => mark.length));
  const barWidth = Math.max(4, width - labelWidth - markWidth - 11);
  const lines = rows.map(({ count }, i) => {
    const eighths = count === 0 ? 0 : Math.max(1, Math.round((count / most) * barWidth * 8));
    const bar = '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
    const share = count === 0 ? '' : percent(count / size);
    return `${labels[i]!.padStart(labelWidth)} │${bar.padEnd(barWidth)} ${share.padStart(7)} ${marks[i]}`.trimEnd();
  });
  return [...wrap(figures, width), '', ...lines].join('\n');
}

interface Row {
  /** Signed key of the first of its bins, seen from zero. */
  readonly key: number;
  count: number;
}

/** Rows from the lowest to the highest occupied bin without a gap, in the finest steps that are not too many. */
function toRows(extents: readonly Extent[]): Row[] {
  for (let step = 0; ; step++) {
    const starts = startsOf(step);
    // Beyond a row for a decade: 2, 4, 8 … decades a row.
    const decades = 2 ** Math.max(0, step - STEPS + 1);
    const rowOf = (key: number): number => {
      const at = position(key);
      if (at === 0) return 0;
      const index = Math.abs(at) - 1;
      const val = 10 + (index % DECADE);
      const within = starts.findLastIndex((start) => start <= val);
      return (
        Math.sign(at) * (1 + Math.floor((Math.floor(index / DECADE) * starts.length + within) / decades))
      );
    };
    const counts = new Map<number, number>();
    walk(extents, (key, count) => {
      const row = rowOf(key);
      counts.set(row, (counts.get(row) ?? 0) + count);
    });
    const found = [...counts.keys()];
    const first = found[0]!;
    const last = found.at(-1)!;
    // Rows next to zero say nothing: negative, zero and positive values are shown one after the other.
    const nearest = Math.min(...found.filter((row) => row !== 0).map(Math.abs));
    const rows: Row[] = [];
    for (let row = first; row <= last && rows.length <= MOST_ROWS; row++) {
      if (row !== 0 && Math.abs(row) < nearest) row = row < 0 ? 0 : nearest;
      if (row === 0 && !counts.has(0)) continue;
      const index = (Math.abs(row) - 1) * decades;
      const key = 1 + Math.floor(index / starts.length) * DECADE + starts[index % starts.length]! - 10;
      rows.push({ key: row === 0 ? 0 : row < 0 ? key + NEGATIVE : key, count: counts.get(row) ?? 0 });
    }
    if (rows.length <= MOST_ROWS) return rows;
  }
}

/** For each row the quantiles that are in it. */
function toMarks(rows: readonly Row[], size: number): string[] {
  let below = 0;
  return rows.map(({ count }) => {
    const upTo = below + count;
    const inside = MARKS.filter((q) => q * size > below && q * size <= upTo);
    below = upTo;
    return inside.length === 0 ? '' : `◂ ${inside.map((q) => `p${q * 100}`).join(' ')}`;
  });
}

/** Joins parts by two spaces into as many lines as it takes. */
function wrap(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}  ${part}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function percent(share: number): string {
  return share < 0.0005 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`;
}

const PREFIXES = ['p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T', 'P'];
const SYMBOLS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'B' };

/** A value in a few digits: with an SI prefix if it has a unit. */
function format(value: number, digits: number, unit: string | undefined): string {
  const rounded = Number(value.toPrecision(digits));
  const exponent = rounded === 0 ? 0 : Math.floor(Math.log10(Math.abs(rounded)) + 1e-12);
  if (unit === undefined || unit === '') {
    return exponent < -4 || exponent > 6 ? rounded.toExponential() : String(rounded);
  }
  const symbol = SYMBOLS[unit] ?? unit;
  const step = Math.floor(exponent / 3);
  const prefix = PREFIXES[step + 4];
  if (prefix === undefined) return `${rounded.toExponential()} ${symbol}`;
  return `${Number((rounded / 1000 ** step).toPrecision(digits))} ${prefix}${symbol}`;
}
