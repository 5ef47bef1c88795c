import type { Series } from '../record/series.js';
import { Paged } from './paged.js';

/**
 * What somebody keeps of each series, such as its escaped name. By the series' ids, because a `WeakMap` of a hundred
 * thousand holds the event loop for 15 ms when it grows. What is kept of a series that has ended goes when another
 * one gets its id, of which there are never more than series were alive at a time.
 */
export class Kept<T> {
  readonly #series = new Paged<Series>();
  readonly #kept = new Paged<T>();

  /** What is kept of a series; `undefined` where nothing is. */
  get(series: Series): T | undefined {
    return this.#series.get(series.id) === series ? this.#kept.get(series.id) : undefined;
  }

  set(series: Series, kept: T): void {
    this.#series.set(series.id, series);
    this.#kept.set(series.id, kept);
  }
}
