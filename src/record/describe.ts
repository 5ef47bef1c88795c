import type { GaugeType, InstrumentName, Kind } from './metric.js';
import type { Extension, Registry } from './registry.js';
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
  /** What one of it is. */
  readonly unit: Unit | undefined;
  /** One sentence for people. */
  readonly help: string | undefined;
  /** The tags that a family's series are told apart by; `undefined` for a metric of one series. */
  readonly tagNames: readonly string[] | undefined;
}

/** Describes all metrics of a registry, in the order of their registration. */
export function describe({ instruments }: Registry): MetricDescription[] {
  return [...instruments].map(([metric, { extension }]) => {
    const { path, name, kind, type, unit, help, tagNames } = metric;
    return { path, name, kind, instrument: metric.instrument, type, unit, help, tagNames, ...extension() };
  });
}
