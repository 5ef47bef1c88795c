import { Paged } from '../collect/paged.js';

/** Slots at first, a power of two; there are always at least twice as many as names. */
const fewest = 1024;

/**
 * Small numbers for names: 0, 1, 2, … in the order of their first look-up. Not a `Map` or a `Set`, because one of a
 * hundred thousand names stops everything for several milliseconds whenever it grows, and is more for the garbage
 * collector to move; here growing means to place some integers anew.
 */
export class Book {
  /** How many names there are. */
  size = 0;
  /** By which a number's owner knows whose it is, without keeping all other names. */
  readonly edition: object = {};
  // Not `#` fields where there are very many names: V8 takes about twice as long to reach those.
  private readonly names = new Paged<string>();
  /** Of each name, by its number. */
  private hashes = new Int32Array(fewest / 2);
  /** Numbers of names, plus 1, each at its hash or in the next free slot after it; 0 where there is none. */
  private slots = new Int32Array(fewest);

  /** A name's number; −1 if it has none. */
  find(name: string): number {
    return (this.slots[this.slotOf(name, hashOf(name))] as number) - 1;
  }

  /** A name's number, which it is given if it has none. */
  add(name: string): number {
    const hash = hashOf(name);
    const slot = this.slotOf(name, hash);
    const there = this.slots[slot] as number;
    if (there > 0) return there - 1;
    const number = this.size++;
    this.names.set(number, name);
    if (number === this.hashes.length) this.grow();
    this.hashes[number] = hash;
    this.place(number);
    return number;
  }

  /** Where a name's number is, or else the free slot behind those that it could be in. */
  private slotOf(name: string, hash: number): number {
    const { slots, hashes, names } = this;
    const last = slots.length - 1;
    let slot = hash & last;
    for (;;) {
      const number = (slots[slot] as number) - 1;
      if (number < 0 || (hashes[number] === hash && names.get(number) === name)) return slot;
      slot = (slot + 1) & last;
    }
  }

  private place(number: number): void {
    const { slots, hashes } = this;
    const last = slots.length - 1;
    let slot = (hashes[number] as number) & last;
    while (slots[slot] !== 0) slot = (slot + 1) & last;
    slots[slot] = number + 1;
  }

  private grow(): void {
    const { hashes, slots } = this;
    this.hashes = new Int32Array(2 * hashes.length);
    this.hashes.set(hashes);
    this.slots = new Int32Array(2 * slots.length);
    for (let number = 0; number < hashes.length; number++) this.place(number);
  }
}

/** FNV-1a, with its upper bits, which are the better ones, brought down. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
