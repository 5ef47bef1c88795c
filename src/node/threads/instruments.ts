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
  readonly #registry: Registry;
  /** The tags that the next series gets. */
  tags: () => readonly Tag[];
  own: boolean;

  constructor(metric: Metric, registry: Registry, tags: () => readonly Tag[], own: boolean) {
    this.metric = metric;
    this.#registry = registry;
    this.tags = tags;
    this.own = own;
  }

  /** Once it was unregistered: what was made when the same was registered again. */
  get made(): Instrument | undefined {
    const registered = this.#registry.instruments.get(this.metric)?.made;
    if (registered !== undefined) return registered;
    const again = this.#registry.again(this.metric);
    const metric = again && ('series' in again ? again.series.metric : again.metric);
    const tags = metric && this.#registry.instruments.get(metric)?.extension().tags;
    return tags !== undefined && sameTags(tags, this.tags()) ? again : undefined;
  }

  /** Whether there is nothing of it any more: it was a thread's, and that has ended all its series. */
  get empty(): boolean {
    const series = this.#registry.metrics.get(this.metric);
    return !this.own && series?.some((one) => one !== undefined) !== true;
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
   * @param settle takes in which series threads have ended; called where something is in the way
   */
  find(
    { instrument, path, name, options, base }: OriginRecord,
    thread: string,
    settle: () => void,
  ): Known | undefined {
    try {
      const metric = new Metric(instrument, path, name, options);
      if (this.#difference(metric) !== undefined) settle();
      const difference = this.#difference(metric);
      if (difference !== undefined) {
        throw new MetricsError('name_clash', `another thread has registered the name, and ${difference}.`);
      }
      const tags = metric.merge === 'each' ? canonicalTags(base, [['thread', thread]]) : base;
      const there = this.#list(path, name).find(
        (one) => one.made !== undefined && sameTags(one.tags(), tags),
      );
      return there ?? this.#make(metric, tags);
    } catch (error) {
      this.#clash(`${instrument} ${shown([...path, name].join('.'))}`, error as Error);
      return undefined;
    }
  }

  /** See `Threads.adopt`. */
  adopt(metric: Metric, tags: () => readonly Tag[]): Instrument | undefined {
    if (this.#making) return undefined;
    const difference = this.#difference(metric);
    if (difference !== undefined) {
      throw new MetricsError(
        'name_clash',
        `Cannot register ${metric.label}: a worker has registered the name, and ${difference}. Use its kind and options, or unregister it first.`,
      );
    }
    const others = this.#list(metric.path, metric.name).filter(({ own }) => !own);
    const same = others.find((other) => sameTags(other.tags(), tags()));
    if (same === undefined) {
      this.#enter(metric, tags);
      return undefined;
    }
    same.own = true;
    same.tags = tags;
    return same.made;
  }

  /** See `Threads.unregister`. */
  unregister(path: readonly string[], name: string): boolean {
    const entries = this.#list(path, name);
    this.#entries.delete(JSON.stringify([path, name]));
    let some = false;
    for (const { metric } of entries) {
      const made = this.#registry.instruments.get(metric)?.made;
      if (made === undefined) continue;
      this.#registry.unregister(made);
      some = true;
    }
    return some;
  }

  /** In what a metric differs from those of its name, of which it forgets what threads have ended. */
  #difference(metric: Metric): string | undefined {
    const list = this.#list(metric.path, metric.name);
    for (const entry of list.slice()) {
      const made = this.#registry.instruments.get(entry.metric)?.made;
      const difference = made && entry.metric.difference(metric);
      if (made === undefined || difference === undefined) continue;
      if (!entry.empty) return difference;
      this.#registry.unregister(made);
      list.splice(list.indexOf(entry), 1);
    }
    return undefined;
  }

  #make(metric: Metric, tags: readonly Tag[]): Entry {
    this.#making = true;
    try {
      const entry = new Entry(metric, this.#registry, () => tags, false);
      makeInstrument(metric, this.#registry, () => entry.tags());
      this.#list(metric.path, metric.name).push(entry);
      return entry;
    } finally {
      this.#making = false;
    }
  }

  #enter(metric: Metric, tags: () => readonly Tag[]): void {
    this.#list(metric.path, metric.name).push(new Entry(metric, this.#registry, tags, true));
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
