import { ask } from '../checks.js';
import { Printed } from '../printed.js';
import { disabledHandle } from './disabled.js';
import type { Handle } from './handle.js';
import { Idle } from './idle.js';
import { lookupOf, type Tags } from './lookups.js';
import { newHandle } from './make.js';
import type { Metric } from './metric.js';
import type { Registry } from './registry.js';
import type { Origin, Series } from './series.js';
import { Stack } from './stack.js';
import {
  isTagValue,
  tellOfMissing,
  tellOfOverflow,
  tellOfUnknown,
  tellOfUnreadable,
} from './tag-mistakes.js';
import { sameTags, type Tag, type TagValue } from './tags.js';
import { Tuples } from './tuples.js';

/** The tags of `Family.with`: those with declared values take only these, as they are declared or as strings. */
export type TagsOf<TagName extends string, Declared extends Partial<Record<TagName, TagValue>>> = {
  readonly [Name in TagName]: Name extends keyof Declared ? Declared[Name] & TagValue : TagValue;
};

/** One metric name with many series, told apart by the values of the tags that it was registered with. */
export class Family<
  Instrument,
  TagName extends string = string,
  Declared extends Partial<Record<TagName, TagValue>> = Record<never, never>,
> extends Printed {
  /** @internal */
  readonly name0: string;
  /** @internal */
  readonly name1: string | undefined;
  /** @internal */
  readonly name2: string | undefined;
  /** @internal */
  readonly name3: string | undefined;
  // Not a `#` field: V8 takes about twice as long to reach those.
  private tuples: Tuples<Handle>;
  /** @internal */
  readonly metric: Metric;
  readonly #registry: Registry;
  readonly #base: () => readonly Tag[];
  readonly #idle: Idle | undefined;
  readonly #freeSlots = new Stack<number>();
  /** Handles that the host kept over their series' end, and that share a series with a newer one; by slot. */
  readonly #returned = new Map<number, Handle[]>();
  #origin: Origin | undefined;
  #overflow: Handle | undefined;
  #nowhere: Handle | undefined;
  /** By the place of the tag that caused it among the names. */
  readonly #overflowed: number[];
  #unregistered = false;

  /** @internal Made by a namespace's `counter`, `gauge`, … when it is given `tagNames` or `tagValues`. */
  constructor(metric: Metric, registry: Registry, base: () => readonly Tag[]) {
    super();
    const names = metric.tagNames as readonly string[];
    [this.name0, this.name1, this.name2, this.name3] = names as [string, ...string[]];
    this.tuples = new Tuples(names);
    // The first tags are looked at closer: see `first`.
    this.with = this.first;
    this.metric = metric;
    this.#registry = registry;
    this.#base = base;
    this.#overflowed = names.map(() => 0);
    if (metric.expireAfter !== undefined) {
      this.#idle = new Idle(metric.expireAfter, registry, this);
    }
    this.#declare();
  }

  /**
   * The handle of the series with these tag values, made at its first use; the same one for as long as the series
   * lives, so keep it where a loop needs it. Numbers and booleans are taken as strings. Never throws: when a value is
   * missing the handle records nothing, which is counted under `tag`; beyond `maxSeries`, and for values that
   * `tagValues` does not declare, it is that of the series `overflow=true`, which is counted under `overflow`.
   */
  with(tags: TagsOf<TagName, Declared>): Instrument {
    // Of five tags or more: the others have a lookup of their own in its place.
    try {
      const { tuples } = this;
      const values = tuples.valuesOf(tags);
      return (tuples.findAll(values) ?? this.miss(values) ?? this.refused(tags)) as Instrument;
    } catch (error) {
      return this.unreadable(error) as Instrument;
    }
  }

  /**
   * {@link with} for its first call, which looks at the names of the tags as well. Later ones do so only where they
   * refuse something: an object that is looked at has to be allocated, which takes longer than to find its series.
   */
  private first(tags: TagsOf<TagName, Declared>): Instrument {
    const { tagNames = [] } = this.metric;
    if (tagNames.length <= 4) this.with = lookupOf(tagNames) as unknown as typeof this.with;
    else this.with = Family.prototype.with;
    ask(() => tellOfUnknown(this.#registry, this.metric, tags));
    return this.with(tags);
  }

  /**
   * Ends the series with these tag values: it leaves the snapshot at once. What a delta backend has not received
   * yet stays owed to it. A handle that was kept makes a new series when it is used again.
   * @returns whether there was one
   */
  remove(tags: TagsOf<TagName, Declared>): boolean {
    const handle = ask(() => this.tuples.findAll(this.tuples.valuesOf(tags))) as Handle | undefined;
    if (handle !== undefined) this.end(handle.series.slot);
    return handle !== undefined;
  }

  /** {@link remove} for all its series; the declared ones are there again at once, at zero. */
  clear(): void {
    if (this.#unregistered) return;
    let living = 0;
    for (let slot = 0; slot < this.slots; slot++) if (this.detach(slot) !== undefined) living++;
    // New series get another list and other tuples, so that what is left to do for these has time.
    this.tuples.ended = this.#registry.moment();
    this.tuples = new Tuples(this.metric.tagNames as readonly string[]);
    this.#origin = undefined;
    this.#overflow = undefined;
    this.#returned.clear();
    this.#freeSlots.clear();
    this.#idle?.forget();
    this.#registry.endAll(this.metric, living);
    // A cursor may have made one meanwhile, for what it owes of the others.
    const overflow = this.heir({ values: [] });
    if (overflow !== undefined) this.end(overflow.slot);
    this.#declare();
  }

  /** What `JSON.stringify` writes: its metric, and how many series it has. */
  override toJSON(): object {
    const { kind, path, name, tagNames } = this.metric;
    return { kind, name: [...path, name].join('.'), tagNames, series: this.size };
  }

  /** @internal {@link with} for the values of one tag or two, in the order of the names. */
  byTwo(value0: unknown, value1: unknown): Handle | undefined {
    const { tuples } = this;
    return tuples.findTwo(value0, value1) ?? this.miss(tuples.listed(value0, value1));
  }

  /** @internal {@link with} for the values of three tags or four. */
  byFour(value0: unknown, value1: unknown, value2: unknown, value3: unknown): Handle | undefined {
    const { tuples } = this;
    return (
      tuples.findFour(value0, value1, value2, value3) ??
      this.miss(tuples.listed(value0, value1, value2, value3))
    );
  }

  /** @internal {@link with} for tags that cannot be read. */
  unreadable(error: unknown): Handle {
    this.#registry.tally.refuse('tag');
    tellOfUnreadable(this.#registry, this.metric, error);
    return this.#inert();
  }

  /** @internal How many series there are, without the overflow. */
  get size(): number {
    return this.tuples.size;
  }

  /** @internal How many values a tag has, by its place among the names. */
  valuesOf(tag: number): number {
    return this.tuples.sizeOf(tag);
  }

  /** @internal How often `with` led to the overflow, by the tag that caused it. */
  overflowed(): Readonly<Record<string, number>> {
    const names = this.metric.tagNames as readonly string[];
    return Object.fromEntries(names.map((name, i) => [name, this.#overflowed[i] as number]));
  }

  /** @internal The series that lives in place of one that has ended; `undefined` if none does. */
  heir({ values }: Pick<Series, 'values'>): Series | undefined {
    if (values.length === 0) return this.#overflow?.series;
    return this.tuples.findAll(values)?.series;
  }

  /** @internal The series that takes what is too much, made at its first use. */
  overflow(): Handle {
    this.#overflow ??= this.#open(undefined);
    return this.#overflow;
  }

  /** @internal Ends all its series, and makes no more. */
  unregister(): void {
    // What a cursor cannot remember of those that were cleared must not make a series afterwards.
    this.#registry.endRest();
    for (const handle of this.tuples.items)
      if (handle && handle !== this.#overflow) this.end(handle.series.slot);
    // Last, because it may get what cursors cannot remember of the others.
    if (this.#overflow !== undefined) this.end(this.#overflow.series.slot);
    this.#unregistered = true;
    if (this.#idle !== undefined) this.#registry.expiring.delete(this.#idle);
  }

  /** @internal Gives a handle that has no cells some again: those of its series, or of the one that took its place. */
  revive(handle: Handle): Handle {
    if (this.#unregistered) return this.#registry.unregistered(this.metric);
    const { series } = handle;
    if (!series.ended) {
      handle.attach();
      return handle;
    }
    const heir = this.heir(series);
    if (heir === undefined) return this.#reopen(handle);
    handle.series = heir;
    handle.attach();
    this.#returned.set(heir.slot, [...(this.#returned.get(heir.slot) ?? []), handle]);
    return handle;
  }

  /** @internal Tells all handles of a series that another one has taken its place. */
  restarted(successor: Series): void {
    (this.tuples.items[successor.slot] as Handle).series = successor;
    for (const handle of this.#returned.get(successor.slot) ?? []) handle.series = successor;
  }

  /** @internal How many slots there are. */
  get slots(): number {
    return this.tuples.items.length;
  }

  /** @internal Takes the cells away from a slot's handles; true if one had some. `undefined`: there is no series. */
  detach(slot: number): boolean | undefined {
    let attached = this.tuples.items[slot]?.detach();
    if (this.#returned.size === 0) return attached;
    for (const handle of this.#returned.get(slot) ?? []) if (handle.detach()) attached = true;
    return attached;
  }

  /** @internal Ends the series of a slot, unless a thread has it. */
  expire(slot: number): void {
    if (!this.#registry.threads?.holds(this.tuples.items[slot] as Handle)) this.end(slot);
  }

  /** @internal Ends the series of a slot. */
  end(slot: number): void {
    this.detach(slot);
    const handle = this.tuples.items[slot] as Handle;
    this.tuples.items[slot] = undefined;
    this.#returned.delete(slot);
    // Before its values are forgotten, which whoever is told of the end may ask for.
    this.#registry.end(handle.series);
    if (handle === this.#overflow) this.#overflow = undefined;
    else this.tuples.remove(slot);
    this.#freeSlots.push(slot);
  }

  /**
   * Makes the series that was not found, of values in the order of the names; `undefined` where a value is missing.
   * Allocates nothing where it must refuse.
   */
  private miss(values: readonly unknown[]): Handle | undefined {
    if (!this.#registry.enabled) return this.#inert();
    if (this.#unregistered) return this.#registry.unregistered(this.metric);
    const { tagNames = [], tagValues } = this.metric;
    for (let i = 0; i < tagNames.length; i++) {
      if (!isTagValue(values[i])) return undefined;
      if (tagValues?.get(tagNames[i] as string)?.includes(String(values[i])) === false) return this.#spill(i);
    }
    if (!this.#room()) return this.#spill();
    return this.#open(tagNames.map((_, i) => String(values[i])));
  }

  /** @internal Counts that a tag is missing. @returns a handle that does nothing */
  refused(tags: Tags): Handle {
    tellOfMissing(this.#registry, this.metric, tags);
    tellOfUnknown(this.#registry, this.metric, tags);
    this.#registry.tally.refuse('tag');
    return this.#inert();
  }

  #inert(): Handle {
    this.#nowhere ??= disabledHandle(this.metric, this.#registry);
    return this.#nowhere;
  }

  #room(): boolean {
    return this.size < this.metric.maxSeries && this.#registry.size < this.#registry.maxSeries;
  }

  /** Makes a series, for a handle that has lost its own, or with a new handle. Without values the overflow. */
  #open(values: readonly string[] | undefined, returning?: Handle): Handle {
    const slot = this.#freeSlots.pop() ?? this.tuples.items.length;
    if (values !== undefined) this.tuples.add(slot, values);
    const series = this.#registry.add(this.#originNow(), slot);
    const handle = returning ?? newHandle(series);
    handle.series = series;
    handle.attach();
    this.tuples.items[slot] = handle;
    this.#idle?.begin(slot);
    return handle;
  }

  /** Makes a series anew, or leads to the overflow. */
  #reopen(handle: Handle): Handle {
    const { values } = handle.series;
    if (values.length > 0) return this.#room() ? this.#open(values, handle) : this.#spill();
    this.#overflow = this.#open(undefined, handle);
    return handle;
  }

  /** Series share what they have in common for as long as the tags of the namespaces stay the same. */
  #originNow(): Origin {
    const base = this.#base();
    if (this.#origin === undefined || !sameTags(this.#origin.base, base)) {
      const family = this as unknown as Family<never>;
      const tuples = this.tuples as Tuples<never>;
      this.#origin = { registry: this.#registry, metric: this.metric, base, family, tuples };
    }
    return this.#origin;
  }

  /** @param undeclared the tag whose value is not declared, by its place; without, there are too many series */
  #spill(undeclared?: number): Handle {
    const cause = undeclared ?? this.tuples.widest();
    this.#registry.tally.refuse('overflow');
    this.#overflowed[cause]!++;
    tellOfOverflow(this.#registry, this, cause, undeclared !== undefined);
    return this.overflow();
  }

  /** Makes every combination of declared values, where all tags declare theirs. */
  #declare(): void {
    const { tagNames = [], tagValues } = this.metric;
    const lists = tagNames.map((name) => tagValues?.get(name) ?? []);
    if (!this.#registry.enabled || lists.some(({ length }) => length === 0)) return;
    let rows: string[][] = [[]];
    for (const list of lists) rows = rows.flatMap((row) => list.map((value) => [...row, value]));
    for (const row of rows) this.#open(row);
  }
}
