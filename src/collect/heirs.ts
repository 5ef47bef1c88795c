import type { Series } from '../record/series.js';

/**
 * Who has now what series have left that ended after a read: the series that took their place. It knows those of the
 * read alone, however many come and go before the next one.
 */
export class Heirs {
  readonly #heirs = new Map<Series, Series>();
  readonly #predecessors = new Map<Series, readonly Series[]>();

  /** The series that has what this one of the read left; itself if it has left nothing. */
  of(series: Series): Series {
    return this.#heirs.get(series) ?? series;
  }

  /** @param ofRead whether `from` itself was in the read */
  move(from: Series, to: Series, ofRead: boolean): void {
    if (from === to) return;
    const moved = [...(this.#predecessors.get(from) ?? []), ...(ofRead ? [from] : [])];
    if (moved.length === 0) return;
    for (const one of moved) this.#heirs.set(one, to);
    this.#predecessors.delete(from);
    this.#predecessors.set(to, [...(this.#predecessors.get(to) ?? []), ...moved]);
  }
}
