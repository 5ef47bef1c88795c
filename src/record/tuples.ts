/** One tag's values as small integers. A value is given by what the host writes: 200 is '200'. */
class Values {
  /** Ids by value; numbers and booleans that were seen stand beside their strings. */
  readonly ids = new Map<unknown, number>();
  readonly texts: string[] = [];
  /** In how many tuples each value is. */
  readonly #uses: number[] = [];
  readonly #free: number[] = [];

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
    return this.texts.length - this.#free.length;
  }
}

/**
 * Finds tuples of tag values: a number, the slot, for each. Values become integers and tuples a row of integers in
 * an open-addressing table (linear probing, at most three quarters full). Nothing is joined, so no two are the same.
 */
export class Tuples {
  // Not `#` fields: V8 takes about twice as long to reach those.
  private readonly names: readonly string[];
  private readonly values: readonly Values[];
  /** Of each slot the ids of its values; -1 in slots without a tuple. */
  private ids: Int32Array;
  /** Slots plus 1, by hash; 0 where there never was one, -1 where there was one. */
  private table: Int32Array = new Int32Array(16);
  /** The tuple that was looked up last. */
  private readonly probe: Int32Array;
  /** How much of the table is not 0. */
  #used = 0;
  /** How many tuples there are. */
  size = 0;

  constructor(names: readonly string[]) {
    this.names = names;
    this.values = names.map(() => new Values());
    this.ids = new Int32Array(8 * names.length).fill(-1);
    this.probe = new Int32Array(names.length);
  }

  /** The slot of the tuple that `tags` holds by name; -1 if there is none. Allocates nothing. */
  find(tags: Readonly<Record<string, unknown>>): number {
    const { names, values, probe } = this;
    for (let i = 0; i < names.length; i++) {
      const value = tags[names[i]!];
      const one = values[i]!;
      const id = one.ids.get(value) ?? one.alias(value);
      if (id < 0) return -1;
      probe[i] = id;
    }
    return this.table[this.locate(probe, 0)]! - 1;
  }

  /** {@link find} for values in the order of the names. */
  findTexts(texts: readonly string[]): number {
    return this.find(Object.fromEntries(texts.map((text, i) => [this.names[i] as string, text])));
  }

  /** Gives a new tuple a slot that has none. */
  add(slot: number, texts: readonly string[]): void {
    const width = texts.length;
    if ((slot + 1) * width > this.ids.length) {
      const ids = new Int32Array(2 * this.ids.length).fill(-1);
      ids.set(this.ids);
      this.ids = ids;
    }
    texts.forEach((text, i) => {
      this.ids[slot * width + i] = (this.values[i] as Values).take(text);
    });
    this.size++;
    if ((this.#used + 1) * 4 > this.table.length * 3) this.#rebuild();
    this.#insert(slot);
  }

  /** Forgets a slot's tuple, and the values that no other has. */
  remove(slot: number): void {
    this.table[this.locate(this.ids, slot * this.values.length)] = -1;
    this.values.forEach((values, i) => {
      values.release(this.ids[slot * this.values.length + i]!);
    });
    this.ids.fill(-1, slot * this.values.length, (slot + 1) * this.values.length);
    this.size--;
  }

  /** A slot's values, in the order of the names; none where the slot has no tuple. */
  at(slot: number): readonly string[] {
    const ids = this.ids.subarray(slot * this.values.length, (slot + 1) * this.values.length);
    if (!(ids[0]! >= 0)) return [];
    return this.values.map(({ texts }, i) => texts[ids[i]!] as string);
  }

  /** The tag that has the most values, by its place among the names, and how many. */
  widest(): readonly [index: number, values: number] {
    const sizes = this.values.map(({ size }) => size);
    const most = Math.max(...sizes);
    return [sizes.indexOf(most), most];
  }

  /** Where in the table the tuple is that begins at `from` in a list of ids, or else a place that is 0. */
  private locate(tuple: Int32Array, from: number): number {
    const { ids, table } = this;
    const width = this.values.length;
    const mask = table.length - 1;
    let hash = 0;
    for (let i = 0; i < width; i++) {
      // Multiplying spreads to the high bits only, so they are folded down (Knuth's multiplicative hashing).
      hash = Math.imul(hash ^ tuple[from + i]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = table[at]! - 1;
      if (slot === -1) return at;
      let i = slot < 0 ? -1 : 0;
      while (i >= 0 && i < width && ids[slot * width + i] === tuple[from + i]) i++;
      if (i === width) return at;
    }
  }

  #insert(slot: number): void {
    this.table[this.locate(this.ids, slot * this.values.length)] = slot + 1;
    this.#used++;
  }

  #rebuild(): void {
    const old = this.table;
    let length = 16;
    while (length < this.size * 2) length *= 2;
    this.table = new Int32Array(length);
    this.#used = 0;
    for (const entry of old) if (entry > 0) this.#insert(entry - 1);
  }
}
