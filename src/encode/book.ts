import { Paged } from '../collect/paged.js';

/** 64 tables that names are spread over: so many that one of them grows within a fraction of a millisecond. */
const bits = 6;
const tables = 1 << bits;
/** Slots of a table at first, a power of two; there are always at least twice as many as names in it. */
const fewest = 16;

/**
 * Small numbers for names: 0, 1, 2, … in the order of their first look-up. Not a `Map` or a `Set`, because one of a
 * hundred thousand names stops everything for several milliseconds whenever it grows, and is more for the garbage
 * collector to move; these are tables of integers, which do not grow at the same time.
 */
export class Book {
  /** How many names there are. */
  size = 0;
  /** By which a number's owner knows whose it is, without keeping all other names. */
  readonly edition: object = {};
  // Not `#` fields where there are very many names: V8 takes about twice as long to reach those.
  private readonly names = new Paged<string>();
  /** Numbers of names, plus 1, each at its hash or in the next free slot after it; 0 where there is none. */
  private readonly tables: (Int32Array | undefined)[] = new Array(tables);
  /** How many names are in each table. */
  private readonly sizes = new Int32Array(tables);

  /** A name's number; −1 if it has none. */
  find(name: string): number {
    const hash = hashOf(name);
    const table = this.tables[hash % tables];
    return table === undefined ? -1 : (table[this.slotOf(name, hash, table)] as number) - 1;
  }

  /** A name's number, which it is given if it has none. */
  add(name: string): number {
    const hash = hashOf(name);
    const at = hash % tables;
    const table = this.tables[at] ?? new Int32Array(fewest);
    const slot = this.slotOf(name, hash, table);
    const there = table[slot] as number;
    if (there > 0) return there - 1;
    const number = this.size++;
    this.names.set(number, name);
    this.tables[at] = table;
    table[slot] = number + 1;
    this.sizes[at]!++;
    if (2 * this.sizes[at]! > table.length) this.grow(at);
    return number;
  }

  /** Where a name's number is, or else the free slot behind those that it could be in. */
  private slotOf(name: string, hash: number, table: Int32Array): number {
    const { names } = this;
    const last = table.length - 1;
    let slot = (hash >>> bits) & last;
    for (;;) {
      const number = (table[slot] as number) - 1;
      if (number < 0 || names.get(number) === name) return slot;
      slot = (slot + 1) & last;
    }
  }

  private grow(at: number): void {
    const small = this.tables[at] as Int32Array;
    const large = new Int32Array(2 * small.length);
    this.tables[at] = large;
    for (const number of small) {
      if (number === 0) continue;
      const name = this.names.get(number - 1) as string;
      large[this.slotOf(name, hashOf(name), large)] = number;
    }
  }
}

/** FNV-1a, an integer of 32 bits, with its upper ones, which are the better ones, brought down. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
