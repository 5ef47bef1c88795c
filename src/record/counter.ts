import type { Registry } from './registry.js';
import type { Series } from './series.js';

/** Counts events: a total that only grows. Exact up to 2^53; backends make rates and differences of it. */
export class Counter {
  readonly #registry: Registry;
  #series: Series;
  // Not `#` fields: V8 takes about twice as long to reach those.
  private readonly cells: Float64Array;
  private readonly at: number;

  /** @internal Made by `namespace.counter`. */
  constructor(registry: Registry, series: Series) {
    this.#registry = registry;
    this.#series = series;
    this.cells = series.store as Float64Array;
    this.at = series.at;
  }

  /**
   * Adds to the total.
   * @param n 0 or more, finite; anything else is ignored and counted under `value`. Never throws.
   */
  add(n = 1): void {
    // `typeof` because a string would be joined to the number, and a bigint would throw.
    if (typeof n === 'number' && n >= 0 && n < Number.POSITIVE_INFINITY) this.cells[this.at]! += n;
    else this.refuse();
  }

  /** The total since the counter came to be, or was last cleared. */
  get value(): number {
    return this.cells[this.at]!;
  }

  /** Back to 0. What a delta backend has not received yet stays owed to it; readers of totals see a new start. */
  clear(): void {
    this.#series = this.#registry.restart(this.#series);
    this.cells[this.at] = 0;
  }

  /** Out of line, so that `add` stays small enough to be inlined. */
  private refuse(): void {
    this.#registry.tally.refuse('value');
  }
}
