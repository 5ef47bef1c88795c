import type { Series } from '../record/series.js';

/**
 * Who has now what series have left that ended after a read: the series that took their place. It knows those of the
 * read alone, however many come and go before the next one.
 */
export class Heirs {
  readonly #heirs = new Map<Series, Series>();
  readonly #predecessors = new Map<Series, Series[]>();

  /** The series that has what this one of the read left; itself if it has left nothing. */
  of(series: Series): Series {
    return this.#heirs.get(series) ?? series;
  }

  /** @param ofRead whether `from` itself was in the read */
  move(from: Series, to: Series, ofRead: boolean): void {
    if (from === to) return;
    const moved = this.#predecessors.get(from) ?? [];
    if (ofRead) moved.push(from);
    if (moved.length === 0) return;
    this.#predecessors.delete(from);
    // Added to in place: very many may end at once and leave all to one overflow.
    const there = this.#predecessors.get(to) ?? [];
    this.#predecessors.set(to, there);
    for (const one of moved) {
      this.#heirs.set(one, to);
      there.push(one);
    }
  }
}
