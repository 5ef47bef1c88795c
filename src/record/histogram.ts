import type { LogLinearHistogram } from '../histogram/index.js';
import { histogramOf, type Registry } from './registry.js';
import type { Series } from './series.js';

/** The distribution of whatever the host measures, in bins of two significant decimal digits. */
export class Histogram {
  readonly #registry: Registry;
  #series: Series;
  // Not a `#` field: V8 takes about twice as long to reach those.
  private readonly bins: LogLinearHistogram;

  /** @internal Made by `namespace.histogram`. */
  constructor(registry: Registry, series: Series) {
    this.#registry = registry;
    this.#series = series;
    this.bins = histogramOf(series);
  }

  /**
   * Records a value. NaN, ±Infinity and magnitudes of 1e128 and beyond, and counts that are negative or have a
   * fraction, are ignored and counted under `value`. Never throws.
   * @param value in the metric's unit
   * @param count how many samples of it; an integer, 0 or more
   */
  record(value: number, count = 1): void {
    if (this.bins.record(value, count) !== count) this.refuse();
  }

  /**
   * Records `integer × 10^scale`, exactly: `recordScaled(12_500_000n, -9)` is 0.0125.
   * Bad values are ignored and counted. Never throws.
   */
  recordScaled(integer: number | bigint, scale: number, count = 1): void {
    if (this.bins.recordScaled(integer, scale, count) !== count) this.refuse();
  }

  /** A copy, to ask questions of: `histogram().quantile(0.99)`. */
  histogram(): LogLinearHistogram {
    return this.bins.clone();
  }

  /** Empties it. What a delta backend has not received yet stays owed to it; readers of totals see a new start. */
  clear(): void {
    this.#series = this.#registry.restart(this.#series);
    this.bins.clear();
  }

  /** Out of line, so that recording stays small enough to be inlined. */
  protected refuse(): void {
    this.#registry.tally.refuse('value');
  }
}
