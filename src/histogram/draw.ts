import { binEdge, binOfKey } from './bin.js';
import { type Extent, total, walk } from './extents.js';
import { quantiles, range, weigh } from './quantile.js';

/** How a histogram is drawn. */
export interface DrawOptions {
  /** Columns to keep within, from 24 on. 80 if not given. */
  readonly width?: number;
  /** The unit of the samples, such as `seconds` or `bytes`; values get SI prefixes then. */
  readonly unit?: string;
}

/** As many rows as fit a screen beside the figures. */
const MOST_ROWS = 20;
const MARKS = [0.5, 0.9, 0.99];
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * Draws a distribution for a terminal: figures, then a row for each range of values, of the same ratio each, with its
 * lower edge (for negative values the edge nearest zero), a bar, its share, and marks where p50, p90 and p99 are.
 */
export function draw(extents: readonly Extent[], options: DrawOptions = {}): string {
  const width = Math.min(Math.max(24, Math.trunc(options.width ?? 80) || 80), 500);
  const size = total(extents);
  if (size === 0) return 'no samples';

  const [p50, p90, p99] = quantiles(extents, MARKS, 1);
  const [min, max] = range(extents);
  const mean = weigh(extents, (x) => x) / size;
  let head = `${size.toLocaleString('en')} sample${size === 1 ? '' : 's'}`;
  let column = head.length;
  for (const [name, value] of Object.entries({ mean, min, p50, p90, p99, max })) {
    const figure = `${name} ${format(value!, 3, options.unit)}`;
    const wraps = column + 2 + figure.length > width;
    head += (wraps ? '\n' : '  ') + figure;
    column = figure.length + (wraps ? 0 : column + 2);
  }

  const rows = toRows(extents);
  let below = 0;
  const cells = rows.map(({ edge, count }) => {
    const inside = MARKS.filter((q) => q * size > below && q * size <= below + count);
    below += count;
    const percent = (count / size) * 100;
    return [
      format(edge, 2, options.unit),
      count === 0 ? '' : `${percent < 0.05 ? '<0.1' : percent.toFixed(1)} %`,
      inside.length === 0 ? '' : ` ◂ ${inside.map((q) => `p${q * 100}`).join(' ')}`,
    ] as const;
  });
  const widest = (column: 0 | 2): number => Math.max(...cells.map((row) => row[column].length));
  const most = Math.max(...rows.map(({ count }) => count));
  const bars = Math.max(4, width - widest(0) - widest(2) - 10);
  const lines = cells.map(([label, share, marks], i) => {
    const { count } = rows[i]!;
    const eighths = count === 0 ? 0 : Math.max(1, Math.round((count / most) * bars * 8));
    const bar = '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
    return `${label.padStart(widest(0))} │${bar.padEnd(bars)} ${share.padStart(7)}${marks}`.trimEnd();
  });
  return `${head}\n\n${lines.join('\n')}`;
}

interface Row {
  /** Where it begins, seen from zero. */
  readonly edge: number;
  readonly count: number;
}

/** Rows from the lowest to the highest occupied bin, in the finest steps that are not too many; all of one ratio. */
function toRows(extents: readonly Extent[]): Row[] {
  for (let step = 0; ; step++) {
    // Rows a decade: 20, 10, 5, 3, 1, 1/2, 1/4 …; numbered from 1e-256, so that all have a number and 1 begins one.
    const scale = [20, 10, 5, 3][step] ?? 2 ** (4 - step);
    const counts = new Map<number, number>();
    walk(extents, (key, count) => {
      const edge = binEdge(binOfKey(key));
      const row = edge && Math.sign(edge) * Math.floor(scale * (Math.log10(Math.abs(edge)) + 256) + 1e-9);
      counts.set(row, (counts.get(row) ?? 0) + count);
    });
    const found = [...counts.keys()];
    // Between the smallest magnitudes there are no rows but that of zero.
    const nearest = Math.min(...found.map((row) => Math.abs(row || Infinity)));
    const rows: Row[] = [];
    for (let row = found[0]!; row <= found.at(-1)! && rows.length <= MOST_ROWS; row++) {
      if (row !== 0 && Math.abs(row) < nearest) row = row < 0 ? 0 : nearest;
      const count = counts.get(row) ?? 0;
      const edge = row && Math.sign(row) * 10 ** (Math.abs(row) / scale - 256);
      if (row !== 0 || count > 0) rows.push({ edge, count });
    }
    if (rows.length <= MOST_ROWS) return rows;
  }
}

const SYMBOLS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'B' };

/** A value in a few digits: with an SI prefix if it has a unit. */
function format(value: number, digits: number, unit = ''): string {
  const rounded = Number(value.toPrecision(digits));
  const step = Math.floor(Math.log10(Math.abs(rounded) || 1) / 3 + 1e-12);
  const prefix = 'pnµm kMGTP'[step + 4];
  if (prefix === undefined || (unit === '' && (step < -2 || step > 2))) {
    return `${rounded.toExponential()} ${SYMBOLS[unit] ?? unit}`.trim();
  }
  if (unit === '') return String(rounded);
  return `${Number((rounded / 1000 ** step).toPrecision(digits))} ${prefix.trim()}${SYMBOLS[unit] ?? unit}`;
}
