import { DamagedError, slotWord } from './arena.js';
import { type Contribution, contribution, type Reading } from './contributions.js';
import type { Instruments, Known } from './instruments.js';
import { cellsOf, reasons, record, slot, state } from './layout.js';
import { readOrigin, readValues, wordOf, wordsAt } from './records.js';

/** A thread that is attached, as the one sees it that reads. */
export class AttachedThread {
  /** Its id. */
  readonly id: number;
  readonly #slot: number;
  readonly #reading: Reading;
  readonly #instruments: Instruments;
  readonly #origins = new Map<number, Known | undefined>();
  #contributions: Contribution[] = [];
  /** Records of series that go nowhere. */
  #ignored: number[] = [];
  /** How many records were read, and how many series have ended of which that was noted. */
  #serial = 0;
  #ended = 0;
  /** What it has refused, as far as that was taken in. */
  readonly #refused = new Int32Array(reasons.length);
  #damaged = false;

  constructor(id: number, slotIndex: number, reading: Reading, instruments: Instruments) {
    this.id = id;
    this.#slot = slotIndex;
    this.#reading = reading;
    this.#instruments = instruments;
  }

  /** Takes in what it has recorded since the last time. Never throws, whatever the thread has written. */
  pull(): void {
    this.#unlessDamaged(() => this.#pull());
  }

  #pull(): void {
    const { header } = this.#reading.slabs.arena;
    // First, so that all series that have ended by now are among those that are read, and their values the last ones.
    const ended = Atomics.load(header, slotWord(this.#slot, slot.ended));
    if (Atomics.load(header, slotWord(this.#slot, slot.count)) !== this.#serial) this.#read();
    if (ended !== this.#ended) this.#takeEnded();
    this.#ended = ended;
    for (const one of this.#contributions) one.pull();
    for (let i = 0; i < reasons.length; i++) {
      const refused = Atomics.load(header, slotWord(this.#slot, slot.refused + i));
      if (refused === this.#refused[i]) continue;
      // The count may wrap around, the difference does not.
      this.#reading.registry.tally.refuse(reasons[i]!, (refused - this.#refused[i]!) >>> 0);
      this.#refused[i] = refused;
    }
  }

  /** Takes in what it has left, once it has ended. */
  end(): void {
    this.pull();
    for (const one of this.#contributions) one.end(false);
    this.#contributions = [];
  }

  /** Stops reading a thread for good whose memory makes no sense; what was taken in stays. */
  #unlessDamaged(read: () => void): void {
    if (this.#damaged) return;
    try {
      read();
    } catch (error) {
      this.#damaged = true;
      const { tally } = this.#reading.registry;
      tally.refuse('memory');
      tally.warn(
        `Something has written over the memory that thread ${this.id} shares: what it records is not read any more.`,
        error,
      );
    }
  }

  /** Reads the records that came since, which none of those are that were used again: they are yet to be ended. */
  #read(): void {
    const { arena } = this.#reading.slabs;
    const newest = Atomics.load(arena.header, slotWord(this.#slot, slot.newest));
    const indices: number[] = [];
    arena.check(newest, cellsOf(record.length));
    const serial = wordsAt(arena, newest)[wordOf(newest) + record.serial]!;
    for (let [index, expected] = [newest, serial]; expected > this.#serial; expected--) {
      arena.check(index, cellsOf(record.length));
      const words = wordsAt(arena, index);
      // So a list that has no end is found out at once.
      if (words[wordOf(index) + record.serial] !== expected) throw new DamagedError();
      indices.push(index);
      index = words[wordOf(index) + record.previous]!;
    }
    this.#serial = serial;
    for (const index of indices.reverse()) {
      const made = this.#contribution(index);
      if (made === undefined) this.#ignored.push(index);
      else this.#contributions.push(made);
    }
  }

  #contribution(index: number): Contribution | undefined {
    const words = wordsAt(this.#reading.slabs.arena, index);
    const at = wordOf(index);
    const known = this.#origin(words[at + record.origin]!);
    if (known === undefined) return undefined;
    const values = readValues(this.#reading.slabs.arena, index, known.metric);
    return contribution(this.#reading, { index, value: words[at + record.value]!, known, values });
  }

  #origin(index: number): Known | undefined {
    if (!this.#origins.has(index)) {
      const origin = readOrigin(this.#reading.slabs.arena, index);
      // Not its id, which never comes again: one more series for each worker that ever was.
      const known = this.#instruments.find(origin, String(this.#slot + 1), () => this.#takeEnded());
      this.#origins.set(index, known);
    }
    return this.#origins.get(index);
  }

  /** Takes the last values of series that the thread has ended, and gives it back their memory. */
  #takeEnded(): void {
    const { arena } = this.#reading.slabs;
    const lives = (index: number): boolean =>
      Atomics.load(wordsAt(arena, index), wordOf(index) + record.state) === state.live;
    const done = (index: number): void => {
      Atomics.store(wordsAt(arena, index), wordOf(index) + record.state, state.done);
    };
    this.#contributions = this.#contributions.filter((one) => {
      if (lives(one.foreign.index)) return true;
      one.pull();
      one.end(true);
      done(one.foreign.index);
      return false;
    });
    this.#ignored = this.#ignored.filter((index) => {
      if (lives(index)) return true;
      done(index);
      return false;
    });
  }
}
