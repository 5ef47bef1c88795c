import type { Series } from '../../record/series.js';
import { baseName, helpText } from './names.js';

/** What all series of one name share, in the library's words. */
export type Metric = Series['metric'];

/** The text formats: 0.0.4 of Prometheus, and OpenMetrics 1.0. */
export type Format = 'text' | 'openmetrics';

/** What a family is for Prometheus. `unknown` is a gauge of a name that only counters should have. */
export type FamilyType = 'counter' | 'gauge' | 'unknown' | 'info' | 'histogram' | 'summary';

/** What stands behind a family's name in the names of its samples; a family has all of these names to itself. */
const suffixes: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [],
  unknown: [],
  info: ['_info'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  summary: ['_count', '_sum', '_created'],
};

/** All of them. None ends with another one. */
export const allSuffixes: readonly string[] = [...new Set(Object.values(suffixes).flat())];

/** A name, and what all of its samples are. */
export interface Family {
  /** Without the suffixes of its samples, as OpenMetrics has it. */
  readonly name: string;
  readonly type: FamilyType;
}

/** The suffix that a family's name has in 0.0.4, and its samples have in both formats. */
const ownSuffix: Readonly<Partial<Record<FamilyType, string>>> = { counter: '_total', info: '_info' };

/**
 * The family that a metric's series belong to: `path_name[_unit]`, of which the suffix `_total` or `_info` is taken off that
 * its samples will have.
 * @param summaries whether histograms are written as summaries
 */
export function familyOf(metric: Metric, summaries: boolean): Family {
  const { kind } = metric;
  const type = kind === 'histogram' ? (summaries ? 'summary' : 'histogram') : kind === 'text' ? 'info' : kind;
  const base = baseName(metric);
  const own = ownSuffix[type];
  const bare =
    own !== undefined && base.length > own.length && base.endsWith(own) ? base.slice(0, -own.length) : base;
  const unit = unitOf(metric, type);
  // A name that is nothing but its unit is left alone.
  const named = unit === undefined || bare === unit || bare.endsWith(`_${unit}`);
  const name = named ? bare : `${bare}_${unit}`;
  // As prom-client's nodejs_active_handles_total. Linters mind a gauge of such a name; queries do not look at types.
  return { name, type: type === 'gauge' && name.endsWith('_total') ? 'unknown' : type };
}

/** An info has no unit. */
function unitOf({ unit }: Metric, type: FamilyType): Metric['unit'] {
  return type === 'info' ? undefined : unit;
}

/** Every name that a reader could take for one of a family's. */
export function claimsOf({ name, type }: Family): readonly string[] {
  return [name, ...suffixes[type].map((suffix) => name + suffix)];
}

/** Whether samples of families of this type may have a suffix. */
export function hasSuffix(type: FamilyType, suffix: string): boolean {
  return suffixes[type].includes(suffix);
}

/** What 0.0.4 calls the types that it does not know. */
const inText: Readonly<Partial<Record<FamilyType, string>>> = { info: 'gauge', unknown: 'untyped' };

/** The lines that stand before the samples of a family, of which this is the first metric. */
export function headerOf(metric: Metric, { name, type }: Family, format: Format): string {
  const given = [metric.help ?? '', [...metric.path, metric.name].join('.'), name];
  const help = given.find((text) => helpText(text, false) !== '') ?? name;
  if (format === 'text') {
    const sample = name + (ownSuffix[type] ?? '');
    return `# HELP ${sample} ${helpText(help, false)}\n# TYPE ${sample} ${inText[type] ?? type}\n`;
  }
  const unit = unitOf(metric, type);
  const unitLine = unit === undefined || name === unit ? '' : `# UNIT ${name} ${unit}\n`;
  return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${helpText(help, true)}\n`;
}
