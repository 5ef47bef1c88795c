import type { LogLinearHistogram } from '../histogram/index.js';
import { Described } from './described.js';
import type { Metric } from './metric.js';
import { canonicalTags, type Tag } from './tags.js';

/** A text's value; in an object of its own because a cell holds only numbers. */
export interface TextCell {
  text: string | null;
}

/** Where a series' value is kept: a block of cells (at {@link Series.at}), a histogram over cells, or a text. */
export type Store = Float64Array | LogLinearHistogram | TextCell;

/**
 * A series' identity. One object for as long as the series lives: baselines and encoders' kept text hang on it.
 * A series that was cleared, expired or removed and comes back is another object with a later {@link start}.
 */
export class Series extends Described {
  /** Small, unique among the series that live; reused after a series has ended. */
  readonly id: number;
  /** When it came to be, in milliseconds since 1970. */
  readonly start: number;

  // What follows is the library's own. `tags` is made on demand, because a series must stay small.
  readonly metric: Metric;
  readonly store: Store;
  readonly at: number;
  readonly #base: readonly Tag[];
  readonly #values: readonly string[] | undefined;

  /**
   * @param base the resolved tags of the namespaces and of the metric, canonical; shared between series
   * @param values a family's tag values, in the order of its `tagNames`
   */
  constructor(
    metric: Metric,
    id: number,
    start: number,
    store: Store,
    at: number,
    base: readonly Tag[],
    values: readonly string[] | undefined,
  ) {
    super();
    this.metric = metric;
    this.id = id;
    this.start = start;
    this.store = store;
    this.at = at;
    this.#base = base;
    this.#values = values;
  }

  /** The series that takes this one's place when it is cleared: the same but for its start. */
  successor(start: number): Series {
    return new Series(this.metric, this.id, start, this.store, this.at, this.#base, this.#values);
  }

  /** Sorted pairs without repetitions; a category may have several values. */
  get tags(): readonly Tag[] {
    const values = this.#values;
    if (values === undefined) return this.#base;
    const names = this.metric.tagNames ?? [];
    return canonicalTags(
      this.#base,
      names.map((name, i): Tag => [name, values[i] ?? '']),
    );
  }

  /** Whether it is one of a family's series, told from its siblings by tags alone. */
  get ofFamily(): boolean {
    return this.#values !== undefined;
  }
}
