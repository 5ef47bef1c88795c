import type { Tags } from './lookups.js';
import { Stack } from './stack.js';

/** One tag's values as small integers. A value is given by what the host writes: 200 is '200'. */
class Values {
  /** Ids by value; numbers and booleans that were seen stand beside their strings. */
  readonly ids = new Map<unknown, number>();
  readonly texts: string[] = [];
  /** In how many tuples each value is. */
  readonly #uses: number[] = [];
  readonly #free = new Stack<number>();

  /** The id of a value that was not found as it was written; -1 if its string is unknown as well. */
  alias(value: unknown): number {
    if (typeof value !== 'number' && typeof value !== 'boolean') return -1;
    const id = this.ids.get(String(value)) ?? -1;
    if (id >= 0) this.ids.set(value, id);
    return id;
  }

  /** The id of a string, which it has until it was released as often as it was taken. */
  take(text: string): number {
    const id = this.ids.get(text) ?? this.#free.pop() ?? this.texts.length;
    this.ids.set(text, id);
    this.texts[id] = text;
    this.#uses[id] = (this.#uses[id] ?? 0) + 1;
    return id;
  }

  release(id: number): void {
    if (--this.#uses[id]! > 0) return;
    const text = this.texts[id] as string;
    for (const alias of [text, Number(text), text === 'true']) {
      if (this.ids.get(alias) === id) this.ids.delete(alias);
    }
    this.texts[id] = '';
    this.#free.push(id);
  }

  get size(): number {
    return this.texts.length - this.#free.size;
  }
}

/**
 * Finds what belongs to a tuple of tag values. Values become integers and tuples rows of integers in an
 * open-addressing table (linear probing, at most three quarters full). Nothing is joined, so no two are the same.
 */
export class Tuples<Item> {
  /** By slot; `undefined` where there is none. */
  readonly items: (Item | undefined)[] = [];
  /** How many tuples there are. */
  size = 0;
  /** Its registry's moment when the series of all tuples ended together; `undefined` before. */
  ended: number | undefined = undefined;
  // Not `#` fields: V8 takes about twice as long to reach those.
  private readonly names: readonly string[];
  private readonly values: readonly Values[];
  private readonly ids0: ReadonlyMap<unknown, number>;
  private readonly ids1: ReadonlyMap<unknown, number> | undefined;
  private readonly ids2: ReadonlyMap<unknown, number> | undefined;
  private readonly ids3: ReadonlyMap<unknown, number> | undefined;
  /** Integers in a row: two, four, or as many as there are names. What no name has is 0. */
  private readonly width: number;
  /** Of each slot the ids of its values; -1 in slots without a tuple. */
  private rows: Int32Array;
  /** Slots plus 1, by hash; 0 where there never was one, -1 where there was one. */
  private table: Int32Array = new Int32Array(16);
  /** The values and the row that were looked up last: one list for all calls, so that none allocates. */
  private readonly given: unknown[];
  private readonly probe: Int32Array;
  /** How much of the table is not 0. */
  #used = 0;

  constructor(names: readonly string[]) {
    this.names = names;
    this.values = names.map(() => new Values());
    const [first, ...others] = this.values.map(({ ids }) => ids);
    this.ids0 = first as Map<unknown, number>;
    [this.ids1, this.ids2, this.ids3] = others;
    this.width = names.length > 2 ? Math.max(names.length, 4) : 2;
    this.rows = new Int32Array(8 * this.width).fill(-1);
    this.given = Array(Math.max(names.length, 4)).fill(undefined);
    this.probe = new Int32Array(this.width);
  }

  /** The item of a tuple of one value or two. Allocates nothing. */
  findTwo(value0: unknown, value1: unknown): Item | undefined {
    const id0 = this.ids0.get(value0);
    const id1 = this.ids1 === undefined ? 0 : this.ids1.get(value1);
    if (id0 === undefined || id1 === undefined) return this.findAll(this.listed(value0, value1));
    const { table, rows } = this;
    const mask = table.length - 1;
    for (let at = mix(mix(0, id0), id1) & mask; ; at = (at + 1) & mask) {
      const slot = table[at]! - 1;
      if (slot === -1) return undefined;
      if (slot >= 0 && rows[slot * 2] === id0 && rows[slot * 2 + 1] === id1) return this.items[slot];
    }
  }

  /** {@link findTwo} for three values or four. */
  findFour(value0: unknown, value1: unknown, value2: unknown, value3: unknown): Item | undefined {
    const { ids3, rows, table } = this;
    const id0 = this.ids0.get(value0);
    const id1 = this.ids1!.get(value1);
    const id2 = this.ids2!.get(value2);
    const id3 = ids3 === undefined ? 0 : ids3.get(value3);
    if (id0 === undefined || id1 === undefined || id2 === undefined || id3 === undefined) {
      return this.findAll(this.listed(value0, value1, value2, value3));
    }
    const mask = table.length - 1;
    for (let at = mix(mix(mix(mix(0, id0), id1), id2), id3) & mask; ; at = (at + 1) & mask) {
      const slot = table[at]! - 1;
      if (slot === -1) return undefined;
      const from = slot * 4;
      if (slot < 0 || rows[from] !== id0 || rows[from + 1] !== id1) continue;
      if (rows[from + 2] === id2 && rows[from + 3] === id3) return this.items[slot];
    }
  }

  /** The item of a tuple of values in the order of the names. Allocates nothing. */
  findAll(list: readonly unknown[]): Item | undefined {
    const { values, probe } = this;
    for (let i = 0; i < values.length; i++) {
      const value = list[i];
      const one = values[i]!;
      const id = one.ids.get(value) ?? one.alias(value);
      if (id < 0) return undefined;
      probe[i] = id;
    }
    return this.items[this.table[this.locate(probe, 0)]! - 1];
  }

  /** The values that `tags` holds, in the order of the names; until the next call. Allocates nothing. */
  valuesOf(tags: Tags): readonly unknown[] {
    for (let i = 0; i < this.names.length; i++) this.given[i] = tags?.[this.names[i]!];
    return this.given;
  }

  /** Four values at most as {@link valuesOf} gives them. */
  listed(value0: unknown, value1: unknown, value2?: unknown, value3?: unknown): readonly unknown[] {
    const { given } = this;
    given[0] = value0;
    given[1] = value1;
    given[2] = value2;
    given[3] = value3;
    return given;
  }

  /** Gives a new tuple a slot that has none. */
  add(slot: number, texts: readonly string[]): void {
    const from = slot * this.width;
    if (from + this.width > this.rows.length) {
      const rows = new Int32Array(2 * this.rows.length).fill(-1);
      rows.set(this.rows);
      this.rows = rows;
    }
    this.rows.fill(0, from, from + this.width);
    texts.forEach((text, i) => {
      this.rows[from + i] = (this.values[i] as Values).take(text);
    });
    this.size++;
    if ((this.#used + 1) * 4 > this.table.length * 3) this.#rebuild();
    else this.#insert(slot);
  }

  /** Forgets a slot's tuple, and the values that no other has. */
  remove(slot: number): void {
    const from = slot * this.width;
    this.table[this.locate(this.rows, from)] = -1;
    this.values.forEach((values, i) => {
      values.release(this.rows[from + i]!);
    });
    this.rows.fill(-1, from, from + this.width);
    this.size--;
  }

  /** A slot's values, in the order of the names; none where the slot has no tuple. */
  at(slot: number): readonly string[] {
    const from = slot * this.width;
    if (!(this.rows[from]! >= 0)) return [];
    return this.values.map(({ texts }, i) => texts[this.rows[from + i]!] as string);
  }

  /** The tag that has the most values, by its place among the names. Allocates nothing. */
  widest(): number {
    let widest = 0;
    for (let i = 1; i < this.values.length; i++) if (this.sizeOf(i) > this.sizeOf(widest)) widest = i;
    return widest;
  }

  /** How many values a tag has. */
  sizeOf(name: number): number {
    return (this.values[name] as Values).size;
  }

  /** Where in the table the row is that begins at `from` in a list of ids, or else a place that is 0. */
  private locate(list: Int32Array, from: number): number {
    const { rows, table, width } = this;
    const mask = table.length - 1;
    let hash = 0;
    for (let i = 0; i < width; i++) hash = mix(hash, list[from + i]!);
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = table[at]! - 1;
      if (slot === -1) return at;
      let i = slot < 0 ? -1 : 0;
      while (i >= 0 && i < width && rows[slot * width + i] === list[from + i]) i++;
      if (i === width) return at;
    }
  }

  #insert(slot: number): void {
    this.table[this.locate(this.rows, slot * this.width)] = slot + 1;
    this.#used++;
  }

  #rebuild(): void {
    let length = 16;
    while (length < this.size * 2) length *= 2;
    this.table = new Int32Array(length);
    this.#used = 0;
    for (let slot = 0; slot * this.width < this.rows.length; slot++) {
      if (this.rows[slot * this.width]! >= 0) this.#insert(slot);
    }
  }
}

/** Multiplying spreads to the high bits only, so they are folded down (Knuth's multiplicative hashing). */
function mix(hash: number, id: number): number {
  const product = Math.imul(hash ^ id, 0x9e3779b1);
  return product ^ (product >>> 15);
}
