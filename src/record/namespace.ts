import { must, optionsOf, shown } from '../checks.js';
import { MetricsError } from '../errors.js';
import { Printed } from '../printed.js';
import type { Counter } from './counter.js';
import type { Gauge } from './gauge.js';
import type { Histogram } from './histogram.js';
import { makeInstrument, observe } from './instrument.js';
import type {
  Declaration,
  FamilyOf,
  GaugeOptions,
  HistogramOptions,
  Keys,
  NoFamily,
  NumberOf,
  TextOptions,
} from './kinds.js';
import {
  type DeclaredOptions,
  type DeclaredValues,
  type FamilyOptions,
  type GaugeType,
  type InstrumentName,
  Metric,
  type MetricOptions,
} from './metric.js';
import { nameOf } from './options.js';
import type { Instrument, Registry } from './registry.js';
import { canonicalTags, sameTags, type Tag, type TagOptions, type TagValue, tagOf, tagsOf } from './tags.js';
import type { Text } from './text.js';
import type { Timer } from './timer.js';

/** Options of a namespace. */
export interface NamespaceOptions {
  /** Tags that all metrics below it inherit. */
  readonly tags?: TagOptions;
}

/**
 * A place in the hierarchy of names. Registering a name again with the same kind and options gives the same handle;
 * anything else under that name is a {@link MetricsError} `name_clash`, until the name is unregistered. The first `help`
 * stays; of several `observe` functions the newest is called.
 */
export class Namespace extends Printed {
  /** The names from the root's child down to this one; empty for the root. */
  readonly path: readonly string[];
  /** @internal */
  readonly registry: Registry;
  readonly #parent: Namespace | undefined;
  readonly #children = new Map<string, Namespace>();
  readonly #instruments = new Map<string, { readonly metric: Metric; readonly handle: Instrument }>();
  /** Those it was made with, and those it has now. */
  readonly #given: readonly Tag[];
  #tags: readonly Tag[];

  /** @internal Made by `namespace.namespace`. */
  constructor(
    registry: Registry,
    parent: Namespace | undefined,
    path: readonly string[],
    tags: TagOptions | undefined,
  ) {
    super();
    this.registry = registry;
    this.#parent = parent;
    this.path = path;
    this.#given = tagsOf(tags);
    this.#tags = this.#given;
  }

  /**
   * The namespace of this name below this one; made at the first call.
   * @throws MetricsError `invalid_name`, `invalid_tag`, `invalid_option`; `name_clash` where a metric has the name,
   * or the namespace exists and the tags given are neither those that it was made with nor those that it has now
   */
  namespace(name: string, options?: NamespaceOptions): Namespace {
    nameOf('namespace', name);
    const given = optionsOf(`namespace ${shown(name)}`, options, ['tags']);
    const existing = this.#children.get(name);
    if (existing !== undefined) {
      const tags = given['tags'] === undefined ? existing.#tags : tagsOf(given['tags'] as TagOptions);
      if (!sameTags(tags, existing.#tags) && !sameTags(tags, existing.#given)) {
        throw new MetricsError(
          'name_clash',
          `Namespace ${shown(name)} exists, and its tags are ${JSON.stringify(existing.#tags)}, not ${JSON.stringify(tags)}; use addTag or replaceTag.`,
        );
      }
      return existing;
    }
    const other = this.#instruments.get(name)?.metric.instrument;
    if (other !== undefined)
      this.#clash(
        `namespace ${shown(name)}`,
        `a ${other} has the name. Unregister it first, or use another name`,
      );
    const child = new Namespace(
      this.registry,
      this,
      [...this.path, name],
      given['tags'] as TagOptions | undefined,
    );
    this.#children.set(name, child);
    this.registry.namespaces.push(child.path);
    return child;
  }

  /**
   * A counter: a total that only grows. With `tagNames` a family of them.
   * @throws MetricsError `invalid_name`, `invalid_tag`, `invalid_unit`, `invalid_option`, `name_clash`, `too_many_series`
   */
  counter(name: string, options?: MetricOptions & NoFamily): Counter;
  counter<
    const Names extends readonly string[],
    const Values extends DeclaredValues<Names[number]> = Record<never, never>,
  >(
    name: string,
    options: MetricOptions & FamilyOptions<Names, Values>,
  ): FamilyOf<Counter, Names[number], Values>;
  counter<const Values extends Declaration>(
    name: string,
    options: MetricOptions & DeclaredOptions<Values>,
  ): FamilyOf<Counter, Keys<Values>, Values>;
  counter(name: string, options?: unknown): unknown {
    return this.#register('counter', name, options);
  }

  /**
   * A gauge: a number that goes up and down, set by the host or observed. With `tagNames` a family of them.
   * @throws MetricsError as {@link counter}
   */
  gauge<Type extends GaugeType = 'double'>(
    name: string,
    options?: GaugeOptions<Type> & NoFamily,
  ): Gauge<NumberOf<Type>>;
  gauge<
    const Names extends readonly string[],
    const Values extends DeclaredValues<Names[number]> = Record<never, never>,
    Type extends GaugeType = 'double',
  >(
    name: string,
    options: Omit<GaugeOptions<Type>, 'observe'> & FamilyOptions<Names, Values>,
  ): FamilyOf<Gauge<NumberOf<Type>>, Names[number], Values>;
  gauge<const Values extends Declaration, Type extends GaugeType = 'double'>(
    name: string,
    options: Omit<GaugeOptions<Type>, 'observe'> & DeclaredOptions<Values>,
  ): FamilyOf<Gauge<NumberOf<Type>>, Keys<Values>, Values>;
  gauge(name: string, options?: unknown): unknown {
    return this.#register('gauge', name, options);
  }

  /**
   * A timer: how long code takes, in seconds, as a histogram. With `tagNames` a family of them.
   * @throws MetricsError as {@link counter}
   */
  timer(name: string, options?: HistogramOptions & NoFamily): Timer;
  timer<
    const Names extends readonly string[],
    const Values extends DeclaredValues<Names[number]> = Record<never, never>,
  >(
    name: string,
    options: HistogramOptions & FamilyOptions<Names, Values>,
  ): FamilyOf<Timer, Names[number], Values>;
  timer<const Values extends Declaration>(
    name: string,
    options: HistogramOptions & DeclaredOptions<Values>,
  ): FamilyOf<Timer, Keys<Values>, Values>;
  timer(name: string, options?: unknown): unknown {
    return this.#register('timer', name, options);
  }

  /**
   * A histogram: the distribution of a measured quantity. With `tagNames` a family of them.
   * @throws MetricsError as {@link counter}
   */
  histogram(name: string, options?: HistogramOptions & NoFamily): Histogram;
  histogram<
    const Names extends readonly string[],
    const Values extends DeclaredValues<Names[number]> = Record<never, never>,
  >(
    name: string,
    options: HistogramOptions & FamilyOptions<Names, Values>,
  ): FamilyOf<Histogram, Names[number], Values>;
  histogram<const Values extends Declaration>(
    name: string,
    options: HistogramOptions & DeclaredOptions<Values>,
  ): FamilyOf<Histogram, Keys<Values>, Values>;
  histogram(name: string, options?: unknown): unknown {
    return this.#register('histogram', name, options);
  }

  /**
   * A text, such as a version. With `tagNames` a family of them.
   * @throws MetricsError as {@link counter}
   */
  text(name: string, options?: TextOptions & NoFamily): Text;
  text<
    const Names extends readonly string[],
    const Values extends DeclaredValues<Names[number]> = Record<never, never>,
  >(
    name: string,
    options: MetricOptions & FamilyOptions<Names, Values>,
  ): FamilyOf<Text, Names[number], Values>;
  text<const Values extends Declaration>(
    name: string,
    options: MetricOptions & DeclaredOptions<Values>,
  ): FamilyOf<Text, Keys<Values>, Values>;
  text(name: string, options?: unknown): unknown {
    return this.#register('text', name, options);
  }

  /**
   * Ends a metric of this namespace with all its series, so that anything may be registered under its name. What was
   * recorded and a delta backend has not received stays owed to it. Its handles, and families, record nothing from now
   * on, which is counted under `unregistered`. Never throws.
   * @returns false where there is no metric of this name
   */
  unregister(name: string): boolean {
    const existing = this.#instruments.get(name);
    if (existing !== undefined) this.registry.unregister(existing.handle);
    this.#instruments.delete(name);
    const ofThreads = this.registry.threads?.unregister(this.path, name) ?? false;
    return existing !== undefined || ofThreads;
  }

  /**
   * Adds a tag for the series that are made from now on, here and below. A category may have several values.
   * @throws MetricsError `invalid_tag`
   */
  addTag(category: string, value: TagValue): this {
    this.#tags = canonicalTags(this.#tags, [tagOf(category, value)]);
    return this;
  }

  /**
   * Replaces all values that this namespace itself gives a category by one, for the series that are made from now
   * on; values inherited from namespaces above stay.
   * @throws MetricsError `invalid_tag`
   */
  replaceTag(category: string, value: TagValue): this {
    const tag = tagOf(category, value);
    this.#tags = canonicalTags(
      this.#tags.filter(([other]) => other !== category),
      [tag],
    );
    return this;
  }

  /**
   * Calls a function whenever the recorder is collected, before anything is read; it sets what metrics it likes.
   * It may be asynchronous: `recorder.collect()` waits for it. What it throws is counted and told once.
   * @returns a function that takes it out again
   */
  onCollect(fn: () => unknown): () => void {
    must(typeof fn === 'function', 'What onCollect calls', 'a function', fn);
    if (!this.registry.enabled) return () => {};
    const [settle, fail] = [() => true, () => {}];
    return this.registry.callbacks.add(this.#label, fn, settle, fail);
  }

  /** What `JSON.stringify` writes: its path, joined by dots, and what is in it. */
  override toJSON(): object {
    const [metrics, namespaces] = [this.#instruments.size, this.#children.size];
    return { path: this.path.join('.'), metrics, namespaces };
  }

  /** What it is called in messages. */
  get #label(): string {
    return this.path.length === 0 ? 'the root namespace' : `namespace ${shown(this.path.join('.'))}`;
  }

  /** @internal The tags that a series made here now would inherit. */
  inherited(): readonly Tag[] {
    return this.#parent === undefined ? this.#tags : canonicalTags(this.#parent.inherited(), this.#tags);
  }

  #register(instrument: InstrumentName, name: string, options: unknown): unknown {
    const metric = new Metric(instrument, this.path, name, options);
    const existing = this.#instruments.get(name);
    if (existing !== undefined) {
      const { metric: known, handle } = existing;
      const difference = known.difference(metric);
      if (difference !== undefined)
        this.#clash(
          `${instrument} ${shown(name)}`,
          `it exists, and ${difference}. Use its kind and options, unregister it first, or use another name`,
        );
      observe(metric, this.registry, handle);
      return handle;
    }
    if (this.#children.has(name))
      this.#clash(`${instrument} ${shown(name)}`, 'a namespace has the name. Use another one');
    const handle = makeInstrument(metric, this.registry, () => this.inherited());
    this.#instruments.set(name, { metric, handle });
    return handle;
  }

  #clash(what: string, why: string): never {
    throw new MetricsError('name_clash', `Cannot register ${what} in ${this.#label}: ${why}.`);
  }
}
