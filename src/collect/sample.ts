import type { LogLinearHistogram } from '../histogram/index.js';
import { jsonValue } from '../printed.js';
import { Described } from '../record/described.js';
import type { Metric } from '../record/metric.js';
import type { Series } from '../record/series.js';
import type { Tag } from '../record/tags.js';

/**
 * A series' value: a number for counters and most gauges, a bigint for gauges of 64-bit integers, a string for
 * texts, a histogram; null for a gauge or text that has none.
 */
export type SampleValue = number | bigint | string | LogLinearHistogram | null;

/** The value of one series at one point of time. */
export class Sample extends Described {
  /** The identity: the same object in all snapshots for as long as the series lives. */
  readonly series: Series;
  /** The beginning of what `value` covers, in milliseconds since 1970. */
  readonly start: number;
  /** Total since `start` in a cumulative snapshot; in a delta, for counters and histograms, what is not committed. */
  readonly value: SampleValue;
  readonly #read: object | undefined;

  /** @internal Made by snapshots. `read` is the cursor's read that it belongs to. */
  constructor(series: Series, start: number, value: SampleValue, read?: object) {
    super();
    this.series = series;
    this.start = start;
    this.value = value;
    this.#read = read;
  }

  /** @internal */
  get metric(): Metric {
    return this.series.metric;
  }

  /** Sorted pairs without repetitions; a category may have several values. Made at each access, which is not cheap. */
  get tags(): readonly Tag[] {
    return this.series.tags;
  }

  override toJSON(): object {
    return { ...super.toJSON(), start: this.start, value: jsonValue(this.value) };
  }

  /** @internal The cursor's read that a part was made by; `undefined` where that cannot be told. */
  static readOf(part: object): object | undefined {
    return #read in part ? part.#read : undefined;
  }
}
