import type { Series } from '../record/series.js';

/**
 * What somebody keeps of each series, such as its escaped name. By the series' ids, because a `WeakMap` of a hundred
 * thousand holds the event loop for 15 ms when it grows. What is kept of a series that has ended goes when another
 * one gets its id, of which there are never more than series were alive at a time.
 */
export class Kept<T> {
  readonly #series: (Series | undefined)[] = [];
  readonly #kept: T[] = [];

  /** What is kept of a series; `undefined` where nothing is. */
  get(series: Series): T | undefined {
    return this.#series[series.id] === series ? this.#kept[series.id] : undefined;
  }

  set(series: Series, kept: T): void {
    this.#series[series.id] = series;
    this.#kept[series.id] = kept;
  }
}
