import { shown } from '../../checks.js';
import { MetricsError } from '../../errors.js';
import { makeInstrument } from '../../record/instrument.js';
import { Metric } from '../../record/metric.js';
import type { Instrument, Registry } from '../../record/registry.js';
import { canonicalTags, sameTags, type Tag } from '../../record/tags.js';
import type { OriginRecord } from './records.js';

/** A metric that the host, or first a thread, has registered. */
export interface Known {
  readonly metric: Metric;
  /** `undefined` where the host's registration failed. */
  readonly made: Instrument | undefined;
  /** Whether the host has it, not only threads. */
  readonly own: boolean;
}

class Entry implements Known {
  readonly metric: Metric;
  readonly #made: () => Instrument | undefined;
  /** The tags that the next series gets. */
  tags: () => readonly Tag[];
  own: boolean;

  constructor(metric: Metric, made: () => Instrument | undefined, tags: () => readonly Tag[], own: boolean) {
    this.metric = metric;
    this.#made = made;
    this.tags = tags;
    this.own = own;
  }

  get made(): Instrument | undefined {
    return this.#made();
  }
}

/**
 * The metrics of all threads by their names. What threads have, and the host has not, is registered beside the host's
 * namespaces, because these may come later and with tags of their own; the host that registers the same is then given
 * what is there.
 */
export class Instruments {
  readonly #registry: Registry;
  /** By path and name; several where their tags differ. */
  readonly #entries = new Map<string, Entry[]>();
  readonly #told = new Set<string>();
  #making = false;

  constructor(registry: Registry) {
    this.#registry = registry;
    for (const [metric, { extension }] of registry.instruments) this.#enter(metric, () => extension().tags);
  }

  /**
   * What a thread's series record into. `undefined`, counted and told, where their metric clashes with another thread's
   * or the host's, or there would be too many series.
   * @param thread a tag's value for a gauge that is merged by `each`
   */
  find({ instrument, path, name, options, base }: OriginRecord, thread: string): Known | undefined {
    const others = this.#list(path, name).filter(({ made }) => made !== undefined);
    try {
      const metric = new Metric(instrument, path, name, options);
      if (others.some((other) => !other.metric.equals(metric))) {
        throw new MetricsError('name_clash', 'another thread has registered the name with other options.');
      }
      const tags = metric.merge === 'each' ? canonicalTags(base, [['thread', thread]]) : base;
      return others.find((other) => sameTags(other.tags(), tags)) ?? this.#make(metric, tags);
    } catch (error) {
      this.#clash(`${instrument} ${shown([...path, name].join('.'))}`, error as Error);
      return undefined;
    }
  }

  /** See `Threads.adopt`. */
  adopt(metric: Metric, tags: () => readonly Tag[]): Instrument | undefined {
    if (this.#making) return undefined;
    const others = this.#list(metric.path, metric.name).filter(({ own }) => !own);
    if (others.some((other) => !other.metric.equals(metric))) {
      throw new MetricsError(
        'name_clash',
        `Cannot register ${metric.instrument} ${shown(metric.name)}: a worker has registered the name with another kind or other options.`,
      );
    }
    const same = others.find((other) => sameTags(other.tags(), tags()));
    if (same === undefined) {
      this.#enter(metric, tags);
      return undefined;
    }
    same.own = true;
    same.tags = tags;
    return same.made;
  }

  #make(metric: Metric, tags: readonly Tag[]): Entry {
    this.#making = true;
    try {
      let made: Instrument | undefined;
      const entry = new Entry(
        metric,
        () => made,
        () => tags,
        false,
      );
      made = makeInstrument(metric, this.#registry, () => entry.tags()) as Instrument;
      this.#list(metric.path, metric.name).push(entry);
      return entry;
    } finally {
      this.#making = false;
    }
  }

  #enter(metric: Metric, tags: () => readonly Tag[]): void {
    const made = (): Instrument | undefined => this.#registry.instruments.get(metric)?.made;
    this.#list(metric.path, metric.name).push(new Entry(metric, made, tags, true));
  }

  #list(path: readonly string[], name: string): Entry[] {
    // As JSON no two lists of strings are the same.
    const key = JSON.stringify([path, name]);
    const list = this.#entries.get(key) ?? [];
    this.#entries.set(key, list);
    return list;
  }

  #clash(what: string, error: Error): void {
    const { tally } = this.#registry;
    tally.refuse('clash');
    if (this.#told.has(what)) return;
    this.#told.add(what);
    tally.warn(`What a worker records of ${what} goes nowhere: ${error.message}`, error);
  }
}
