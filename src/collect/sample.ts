import type { LogLinearHistogram } from '../histogram/index.js';
import type { GaugeType, Kind } from '../record/metric.js';
import type { Series } from '../record/series.js';
import type { Tag } from '../record/tags.js';
import type { Unit } from '../record/units.js';

/**
 * A series' value: a number for counters and most gauges, a bigint for gauges of 64-bit integers, a string for
 * texts, a histogram; null for a gauge or text that has none.
 */
export type SampleValue = number | bigint | string | LogLinearHistogram | null;

/** The value of one series at one point of time. */
export class Sample {
  /** The identity: the same object in all snapshots for as long as the series lives. */
  readonly series: Series;
  readonly kind: Kind;
  /** The names of its namespaces, from the root's child down. */
  readonly path: readonly string[];
  /** Its own name. */
  readonly name: string;
  /** A gauge's number type; `undefined` for the other kinds. */
  readonly type: GaugeType | undefined;
  readonly unit: Unit | undefined;
  readonly help: string | undefined;
  /** The name for tagged output in place of `name`; `false` where the metric stays out of it. */
  readonly taggedName: string | false | undefined;
  /** The beginning of what `value` covers, in milliseconds since 1970. */
  readonly start: number;
  /** Total since `start` in a cumulative snapshot; in a delta, for counters and histograms, what is not committed. */
  readonly value: SampleValue;
  readonly #read: object | undefined;

  /** @internal Made by snapshots. `read` is the cursor's read that it belongs to. */
  constructor(series: Series, start: number, value: SampleValue, read?: object) {
    const { metric } = series;
    this.series = series;
    this.kind = metric.kind;
    this.path = metric.path;
    this.name = metric.name;
    this.type = metric.type;
    this.unit = metric.unit;
    this.help = metric.help;
    this.taggedName = metric.taggedName;
    this.start = start;
    this.value = value;
    this.#read = read;
  }

  /** Sorted pairs without repetitions; a category may have several values. Made at each access, which is not cheap. */
  get tags(): readonly Tag[] {
    return this.series.tags;
  }

  /** @internal The cursor's read that a part was made by; `undefined` where that cannot be told. */
  static readOf(part: object): object | undefined {
    return #read in part ? part.#read : undefined;
  }
}
