import type { SampleValue } from '../../collect/sample.js';
import type { LogLinearHistogram } from '../../histogram/index.js';
import type { Series } from '../../record/series.js';
import { cumulate, type Schedule } from './buckets.js';
import type { Family, Format } from './family.js';
import { labelName, labelsOf, labelValue } from './names.js';
import { canonicalNumber, valueText } from './numbers.js';

/** What of a series never changes, made at its first sight and kept with it. */
export interface Kept {
  readonly series: Series;
  /** All up to the value, or, of what has one more label in each line, up to that label. */
  readonly head: string;
  /** The labels with their braces; empty where there are none. */
  readonly braced: string;
  /** Whether other tags could have given the same labels. */
  readonly ambiguous: boolean;
  /** OpenMetrics' line of the series' start; made when first asked for. */
  created: string | undefined;
  /** A histogram's lines up to their values, for the buckets that it had last. */
  buckets: BucketHeads | undefined;
}

interface BucketHeads {
  readonly schedule: Schedule;
  readonly heads: readonly string[];
}

/** How a render writes histograms. */
export interface Shape {
  readonly format: Format;
  /** As a summary with these quantiles; `undefined` for buckets. */
  readonly quantiles: readonly number[] | undefined;
  /** The buckets of a series. */
  readonly scheduleFor: (series: Series) => Schedule;
}

export function keep(series: Series, { name, type }: Family): Kept {
  const { text, names, ambiguous } = labelsOf(series.tags);
  const braced = text === '' ? '' : `{${text}}`;
  const more = text === '' ? '{' : `{${text},`;
  const heads = {
    counter: () => [name, '_total', braced, ' '],
    gauge: () => [name, braced, ' '],
    info: () => [name, '_info', more, infoLabel(series, names), '="'],
    histogram: () => [name, '_bucket', more, 'le="'],
    summary: () => [name, more, 'quantile="'],
  };
  // Joined, because V8 keeps what `+` gives as a tree, which every render would have to walk again.
  return { series, head: heads[type]().join(''), braced, ambiguous, created: undefined, buckets: undefined };
}

/** The label that holds a text: the metric's own name, without a suffix that says no more than its type. */
function infoLabel({ name }: Series, taken: ReadonlySet<string>): string {
  const bare = name.length > 5 && name.endsWith('_info') ? name.slice(0, -5) : name;
  let free = labelName(bare);
  while (taken.has(free)) free += '_';
  return free;
}

/** The lines of one sample; undefined where it has no value. */
export function linesOf(value: SampleValue, kept: Kept, family: Family, shape: Shape): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') {
    // The number and the line's end first: V8 copies short texts, and makes trees of long ones.
    const end = Number.isFinite(value) ? `${value}\n` : `${valueText(value)}\n`;
    const line = kept.head + end;
    return shape.format === 'text' || family.type !== 'counter' ? line : line + created(kept, family);
  }
  if (value === null) return undefined;
  if (typeof value === 'string') return `${kept.head + labelValue(value)}"} 1\n`;
  return shape.quantiles === undefined
    ? histogramLines(value, kept, family, shape)
    : summaryLines(value, kept, family, shape.format, shape.quantiles);
}

function created(kept: Kept, { name }: Family): string {
  kept.created ??= [name, '_created', kept.braced, ' ', kept.series.start / 1000, '\n'].join('');
  return kept.created;
}

function histogramLines(histogram: LogLinearHistogram, kept: Kept, family: Family, shape: Shape): string {
  const schedule = shape.scheduleFor(kept.series);
  if (kept.buckets?.schedule !== schedule) kept.buckets = bucketHeads(kept, schedule);
  const { heads } = kept.buckets;
  const { counts } = schedule;
  cumulate(histogram, schedule);
  let text = '';
  for (let i = 0; i < heads.length; i++) {
    const end = `${counts[i]!}\n`;
    text += heads[i]! + end;
  }
  const count = counts[heads.length - 1]!;
  const sum = histogram.recordedSum ?? histogram.sum();
  return text + totals(kept, family, shape.format, sum, count, !schedule.negative);
}

function bucketHeads({ head }: Kept, schedule: Schedule): BucketHeads {
  return { schedule, heads: schedule.ends.map((end) => [head, end].join('')) };
}

function summaryLines(
  histogram: LogLinearHistogram,
  kept: Kept,
  family: Family,
  format: Format,
  quantiles: readonly number[],
): string {
  const values = histogram.quantile(quantiles);
  const count = histogram.count;
  let text = '';
  for (const [i, value] of values.entries()) {
    // OpenMetrics has no negative quantiles.
    if (format === 'openmetrics' && value < 0) continue;
    text += `${kept.head}${canonicalNumber(quantiles[i]!)}"} ${valueText(value)}\n`;
  }
  const sum = histogram.recordedSum ?? histogram.sum();
  return text + totals(kept, family, format, sum, count, true);
}

/** OpenMetrics lets sums only grow: where they may not, there is neither sum nor count, of which it wants both or none. */
function totals(
  kept: Kept,
  family: Family,
  format: Format,
  sum: number,
  count: number,
  growing: boolean,
): string {
  const { name } = family;
  const text = `${name}_sum${kept.braced} ${valueText(sum)}\n${name}_count${kept.braced} ${count}\n`;
  if (format === 'text') return text;
  return (growing && sum >= 0 ? text : '') + created(kept, family);
}
