import type { Series } from '../../record/series.js';
import type { Schedule } from './buckets.js';
import type { Family, Format } from './family.js';
import { labelName, labelsOf } from './names.js';
import { canonicalNumber } from './numbers.js';

/** How a render writes histograms. */
export interface Shape {
  readonly format: Format;
  /** As a summary with these quantiles; `undefined` for buckets. */
  readonly quantiles: readonly number[] | undefined;
  /** The buckets of a series. */
  readonly scheduleFor: (series: Series) => Schedule;
}

/** What of a series' lines never changes. */
export interface Heads {
  /** Each line up to its value, in their order: one, or those of a histogram or summary, the last two its sum and count. */
  readonly texts: readonly string[];
  /** Whether other tags could have given the same labels. */
  readonly ambiguous: boolean;
}

/** @param schedule a histogram's buckets */
export function headsOf(
  series: Series,
  { name, type }: Family,
  schedule: Schedule | undefined,
  quantiles: readonly number[] = [],
): Heads {
  const { text, names, ambiguous } = labelsOf(series.tags);
  const braced = text === '' ? '' : `{${text}}`;
  const more = text === '' ? '{' : `{${text},`;
  const totals = (): string[] => [`${name}_sum${braced} `, `${name}_count${braced} `];
  switch (type) {
    case 'counter':
      return { texts: [`${name}_total${braced} `], ambiguous };
    case 'gauge':
    case 'unknown':
      return { texts: [`${name}${braced} `], ambiguous };
    case 'info':
      return { texts: [`${name}_info${more}${infoLabel(series, names)}="`], ambiguous };
    case 'histogram': {
      const buckets = (schedule?.ends ?? []).map((end) => `${name}_bucket${more}le="${end}`);
      return { texts: [...buckets, ...totals()], ambiguous };
    }
    case 'summary': {
      const lines = quantiles.map((q) => `${name}${more}quantile="${canonicalNumber(q)}"} `);
      return { texts: [...lines, ...totals()], ambiguous };
    }
  }
}

/** OpenMetrics' line of a series' start. */
export function createdLine(series: Series, { name }: Family): string {
  const { text } = labelsOf(series.tags);
  return `${name}_created${text === '' ? '' : `{${text}}`} ${series.start / 1000}\n`;
}

/** The label that holds a text: the metric's own name, without a suffix that says no more than its type. */
function infoLabel({ name }: Series, taken: readonly string[]): string {
  const bare = name.length > 5 && name.endsWith('_info') ? name.slice(0, -5) : name;
  let free = labelName(bare);
  // Names that begin with two are Prometheus' own.
  while (taken.includes(free)) free += free === '_' ? 'value' : '_';
  return free;
}
