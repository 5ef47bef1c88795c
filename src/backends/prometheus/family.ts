import type { Series } from '../../record/series.js';
import { baseName, helpText } from './names.js';

/** What all series of one name share, in the library's words. */
export type Metric = Series['metric'];

/** The text formats: 0.0.4 of Prometheus, and OpenMetrics 1.0. */
export type Format = 'text' | 'openmetrics';

/** What a family is for Prometheus. */
export type FamilyType = 'counter' | 'gauge' | 'info' | 'histogram' | 'summary';

/** What stands behind a family's name in the names of its samples; a family has all of these names to itself. */
const suffixes: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [],
  info: ['_info'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  summary: ['_count', '_sum', '_created'],
};

/** A name, and what is said once for all of its samples. */
export interface Family {
  /** Without the suffixes of its samples, as OpenMetrics has it. */
  readonly name: string;
  readonly type: FamilyType;
  /** Every name that a reader could take for one of this family's. */
  readonly claims: readonly string[];
  /** The lines that stand before the samples. */
  readonly header: Readonly<Record<Format, string>>;
}

/**
 * The family that a metric's series belong to: `path_name[_unit]`, of which the suffix `_total` or `_info` is taken off that
 * its samples will have.
 * @param summaries whether histograms are written as summaries
 */
export function familyOf(metric: Metric, summaries: boolean): Family {
  const { kind, unit } = metric;
  const type = kind === 'histogram' ? (summaries ? 'summary' : 'histogram') : kind === 'text' ? 'info' : kind;
  const base = baseName(metric);
  const own = type === 'counter' ? '_total' : type === 'info' ? '_info' : undefined;
  const bare =
    own !== undefined && base.length > own.length && base.endsWith(own) ? base.slice(0, -own.length) : base;
  // An info has no unit. A name that is nothing but its unit is left alone.
  const measured = unit !== undefined && type !== 'info' && bare !== unit;
  const name = !measured || bare.endsWith(`_${unit}`) ? bare : `${bare}_${unit}`;
  const claims = [name, ...suffixes[type].map((suffix) => name + suffix)];
  return { name, type, claims, header: headerOf(metric, name, type, measured ? unit : undefined) };
}

function headerOf(
  metric: Metric,
  name: string,
  type: FamilyType,
  unit: string | undefined,
): Family['header'] {
  const given = [metric.help ?? '', [...metric.path, metric.name].join('.'), name];
  const help = given.find((text) => helpText(text, false) !== '') ?? name;
  const sample = type === 'counter' ? `${name}_total` : type === 'info' ? `${name}_info` : name;
  const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
  return {
    text: `# HELP ${sample} ${helpText(help, false)}\n# TYPE ${sample} ${type === 'info' ? 'gauge' : type}\n`,
    openmetrics: `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${helpText(help, true)}\n`,
  };
}
