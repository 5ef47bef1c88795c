import type { GaugeType, InstrumentName, Kind, Metric } from './metric.js';
import type { Extension, Registry, SeriesList } from './registry.js';
import { histogramOf } from './series.js';
import type { Unit } from './units.js';

/** What there is to know of one metric, for documentation that is made from the code. */
export interface MetricDescription extends Extension {
  /** The names of its namespaces, from the root's child down. */
  readonly path: readonly string[];
  /** Its own name. */
  readonly name: string;
  /** What its series hold. */
  readonly kind: Kind;
  /** The namespace's method that it was registered by. */
  readonly instrument: InstrumentName;
  /** A gauge's number type. */
  readonly type: GaugeType | undefined;
  /** Upper bounds of a timer's or a histogram's buckets, as they were declared, ascending; `undefined` without any. */
  readonly buckets: readonly number[] | undefined;
  /**
   * Those of its buckets whose counts are approximate in some series: samples came in a form that does not say on which
   * side of the bound they are. Mostly none; `undefined` without buckets.
   */
  readonly inexact: readonly number[] | undefined;
  /** What one of it is. */
  readonly unit: Unit | undefined;
  /** One sentence for people. */
  readonly help: string | undefined;
  /** The tags that a family's series are told apart by; `undefined` for a metric of one series. */
  readonly tagNames: readonly string[] | undefined;
}

/** Describes all metrics of a registry, in the order of their registration. */
export function describe({ instruments, metrics }: Registry): MetricDescription[] {
  return [...instruments].map(([metric, { extension }]) => {
    const { path, name, kind, instrument, type, unit, help, tagNames, buckets } = metric;
    const inexact = inexactOf(buckets, metrics.get(metric) ?? []);
    const about = { path, name, kind, instrument, type, buckets, inexact, unit, help, tagNames };
    return { ...about, ...extension() };
  });
}

function inexactOf(buckets: Metric['buckets'], list: SeriesList): readonly number[] | undefined {
  if (buckets === undefined) return undefined;
  const found = new Set<number>();
  for (const series of list) {
    if (series !== undefined) for (const bound of histogramOf(series).inexact) found.add(bound);
  }
  return buckets.filter((bound) => found.has(bound));
}
