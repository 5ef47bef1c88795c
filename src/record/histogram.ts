import type { LogLinearHistogram } from '../histogram/index.js';
import { Handle } from './handle.js';
import { histogramOf, type Series } from './series.js';

/** The distribution of whatever the host measures, in bins of two significant decimal digits. */
export class Histogram extends Handle {
  // Not a `#` field: V8 takes about twice as long to reach those.
  /** @internal */
  protected bins: LogLinearHistogram;

  /** @internal Made by `namespace.histogram`. */
  constructor(series: Series) {
    super(series);
    this.bins = histogramOf(series);
  }

  /**
   * Records a value. NaN, ±Infinity and magnitudes of 1e128 and beyond, and counts that are negative or have a
   * fraction, are ignored and counted under `value`. Never throws.
   * @param value in the metric's unit
   * @param count how many samples of it; an integer, 0 or more
   */
  record(value: number, count = 1): void {
    if (this.bins.record(value, count) !== count) this.refuseOrRevive(value, count);
  }

  /**
   * Records `integer × 10^scale`, exactly: `recordScaled(12_500_000n, -9)` is 0.0125.
   * Bad values are ignored and counted. Never throws.
   */
  recordScaled(integer: number | bigint, scale: number, count = 1): void {
    if (this.bins.recordScaled(integer, scale, count) === count) return;
    if (this.lost()) this.revive().recordScaled(integer, scale, count);
    else this.refuse([integer, scale, count]);
  }

  /** A copy, to ask questions of: `histogram().quantile(0.99)`. Empty once its series has ended. */
  histogram(): LogLinearHistogram {
    const histogram = histogramOf(this.series);
    return this.series.ended
      ? histogram.over([], ({ length }) => new Float64Array(length))
      : histogram.clone();
  }

  override toJSON(): object {
    return { ...super.toJSON(), value: this.histogram() };
  }

  /** Empties it. What a delta backend has not received yet stays owed to it; readers of totals see a new start. */
  clear(): void {
    if (!this.restart()) return;
    this.attach();
    this.bins.clear();
  }

  /** @internal */
  attach(): void {
    this.bins = histogramOf(this.series);
  }

  /** @internal */
  detach(): boolean {
    const attached = !this.lost();
    this.bins = this.series.origin.registry.nowhere;
    return attached;
  }

  /** Out of line, so that recording stays small enough to be inlined. */
  protected refuseOrRevive(value: number, count: number): void {
    if (this.lost()) this.revive().record(value, count);
    else this.refuse(count === 1 ? value : [value, count]);
  }

  private lost(): boolean {
    return this.bins === this.series.origin.registry.nowhere;
  }
}

/**
 * The same with declared bounds. A class of its own, so that recording in either sees one kind of histograms: V8 makes
 * the most of such functions.
 */
export class HistogramWithBounds extends Histogram {
  override record(value: number, count = 1): void {
    if (this.bins.record(value, count) !== count) this.refuseOrRevive(value, count);
  }
}
