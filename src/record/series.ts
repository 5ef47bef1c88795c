import type { LogLinearHistogram } from '../histogram/index.js';
import { Described } from './described.js';
import type { Family } from './family.js';
import type { Metric } from './metric.js';
import type { Registry } from './registry.js';
import { canonicalTags, type Tag } from './tags.js';
import type { Tuples } from './tuples.js';

/** A text's value; in an object of its own because a cell holds only numbers. */
export interface TextCell {
  text: string | null;
}

/** Where a series' value is kept: a block of cells (at {@link Series.at}), a histogram over cells, or a text. */
export type Store = Float64Array | LogLinearHistogram | TextCell;

/** What the series of one metric share, so that each of them stays small. */
export interface Origin {
  readonly registry: Registry;
  readonly metric: Metric;
  /** The resolved tags of the namespaces and of the metric, canonical. */
  readonly base: readonly Tag[];
  /** The family that they are of, if any. */
  readonly family: Family<never> | undefined;
  /** Where the family has their tag values. */
  readonly tuples?: Pick<Tuples<never>, 'at' | 'ended'>;
}

/** What is remembered of a series that has ended. */
interface Ended {
  /** Its tag values, which its family forgets; its slot may become another tuple's. */
  readonly values: readonly string[];
  /** Its registry's moment when it ended. */
  readonly moment: number;
}

/**
 * A series' identity. One object for as long as the series lives: baselines and encoders' kept text hang on it.
 * A series that was cleared, expired or removed and comes back is another object with a later {@link start}.
 */
export class Series extends Described {
  /** Small, unique among the series that live; reused after a series has ended. */
  readonly id: number;

  // What can be computed is not kept: there may be very many series.
  /** @internal What it shares with its siblings. */
  readonly origin: Origin;
  /** @internal Where its value is kept. */
  readonly store: Store;
  /** @internal Where in the store it begins. */
  readonly at: number;
  /** Milliseconds from the recorder's start to its own: a small integer needs no object, as other numbers do. */
  readonly #age: number;
  /** Its registry's moment when it came to be. */
  readonly #born: number;
  /** While it lives its slot in its metric's list; afterwards what there is to remember of it. */
  #key: number | Ended;

  constructor(origin: Origin, slot: number, id: number, born: number, age: number, store: Store, at: number) {
    super();
    this.origin = origin;
    this.#born = born;
    this.id = id;
    this.store = store;
    this.at = at;
    this.#age = age;
    this.#key = slot;
  }

  /**
   * @internal The series that takes this one's place when it is cleared: the same but for its start and, if need be,
   * its store.
   */
  successor(born: number, age: number, store: Store, at: number): Series {
    return new Series(this.origin, this.slot, this.id, born, age, store, at);
  }

  /** Notes that it was cleared, has expired or was removed. From now on its store is not its own. */
  end(moment: number): void {
    this.#key = { values: this.values, moment: this.origin.tuples?.ended ?? moment };
  }

  /** Whether {@link end} was called. Of many series that end together it is some time after they have {@link ended}. */
  get settled(): boolean {
    return typeof this.#key !== 'number';
  }

  /** Whether it lived from one moment of its registry's to another: had come before the first, and ended after the last. */
  lived(from: number, to: number): boolean {
    if (this.#born >= from) return false;
    const ended = typeof this.#key === 'number' ? this.origin.tuples?.ended : this.#key.moment;
    return ended === undefined || ended > to;
  }

  /** Whether it was cleared, has expired or was removed. */
  get ended(): boolean {
    return typeof this.#key !== 'number' || this.origin.tuples?.ended !== undefined;
  }

  /** Its place in its metric's list, while it lives. */
  get slot(): number {
    return this.#key as number;
  }

  /** Its values of its family's `tagNames`, in their order; none for a family's overflow, or without a family. */
  get values(): readonly string[] {
    return typeof this.#key === 'number' ? (this.origin.tuples?.at(this.#key) ?? []) : this.#key.values;
  }

  /** When it came to be, in milliseconds since 1970. */
  get start(): number {
    return this.origin.registry.start + this.#age;
  }

  /** @internal The same by the recorder's monotonic clock, whose differences are durations. */
  get began(): number {
    return this.origin.registry.steps.monotonic(this.#born, this.start);
  }

  get metric(): Metric {
    return this.origin.metric;
  }

  override get tags(): readonly Tag[] {
    const { base } = this.origin;
    const { tagNames } = this.metric;
    if (tagNames === undefined) return base;
    const { values } = this;
    const own = values.map((value, i): Tag => [tagNames[i] as string, value]);
    return canonicalTags(base, own.length === 0 ? [['overflow', 'true']] : own);
  }

  /** Whether it is one of a family's series, told from its siblings by tags alone. */
  get ofFamily(): boolean {
    return this.metric.tagNames !== undefined;
  }
}

/** The histogram of a series whose kind is histogram. */
export function histogramOf(series: Series): LogLinearHistogram {
  return series.store as LogLinearHistogram;
}
