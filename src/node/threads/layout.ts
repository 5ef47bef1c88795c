/**
 * How the memory is laid out that threads share: one growable buffer, cut into slabs of 64 KiB.
 *
 * The first slabs are the header: words (int32) that are only touched by `Atomics`. All others are owned by one thread
 * each, which alone writes to them. Whatever lies in a slab is named by its _index_: how many cells (float64) it is
 * from the beginning of the buffer, 0 for nothing.
 */
import { blockLength } from '../../record/cells.js';
import type { RefusalReason } from '../../record/tally.js';

/** Cells in a slab. */
export const slabLength: number = blockLength;
/** Bytes of a slab. */
export const slabBytes: number = slabLength * Float64Array.BYTES_PER_ELEMENT;

/** How many threads may be attached at a time. */
export const maxThreads = 1024;

/** Words of the header. */
export const header = {
  /** Counts the texts that were set, by whatever thread: which one was the last. */
  clock: 0,
  /** One more than the last slot that was ever taken. */
  slots: 1,
  /** The first slot. They are 64 bytes apart, because two writers within a cache line slow each other seven times. */
  firstSlot: 16,
  slotWords: 16,
  /** After 1,024 slots, each slab's owner: the thread's id; 0 where it is free, and for the header's, which are not asked. */
  owners: 16_400,
} as const;

/** Words of a slot, which is a thread's root. */
export const slot = {
  /** The thread's id; 0 while the slot is free. */
  thread: 0,
  /** The record of the newest series. Each names the one before. */
  newest: 1,
  /**
   * How many records it has made. Counted after `newest` was set: a reader that has not seen so many finds one in
   * `newest` that it has not seen, whose memory is therefore not in use for the next one.
   */
  count: 2,
  /** How many series it has ended. */
  ended: 3,
  /** How much it has refused, by {@link reasons}: as many words. */
  refused: 4,
} as const;

/** Why threads refuse something, in the order of the slots' words. */
export const reasons: readonly RefusalReason[] = [
  'value',
  'tag',
  'overflow',
  'callback',
  'timeout',
  'clash',
  'memory',
  'unregistered',
];

/** Words of a series' record; then follow its tag values in UTF-8, as JSON, where its family tells it by some. */
export const record = {
  /** The record that came before. */
  previous: 0,
  /** How many records the thread has made, this one included: a reader that saw so many goes no further back. */
  serial: 1,
  state: 2,
  /** The record of what the series of one metric share. */
  origin: 3,
  /** A counter's, a gauge's or a text's value; the splits of a histogram with bounds. */
  value: 4,
  /** A histogram's newest extent. Each names the one before. */
  extents: 5,
  /** Words before the JSON; the last one says how many bytes that has. */
  length: 8,
} as const;

/** Words before the JSON of what the series of one metric share; the last one says how many bytes that has. */
export const originWords = 2;

/** States of a record. The owner ends it; the reader, once it has taken its last values, gives the memory back. */
export const state = { live: 0, ended: 1, done: 2 } as const;

/** Words before the cells of an extent. */
export const extent = {
  previous: 0,
  /** The signed key of the first bin. */
  key: 1,
  /** How many cells follow: the bins' counts, and the sum. */
  cells: 2,
  length: 4,
} as const;

/** Words of a text. It is kept twice; the owner writes to the place that is not current. */
export const text = {
  /** How often it was set; where it is odd the second place is current. 0: never. */
  version: 0,
  /** The first place, and how long each is. */
  places: 2,
  placeWords: 130,
  /** In a place: what the clock said when it was set. */
  stamp: 0,
  /** In a place: how many bytes follow; -1 for null. */
  bytes: 1,
  /** Words in all: two places of up to 512 bytes. */
  length: 262,
} as const;

/** How many cells so many words take. */
export function cellsOf(words: number): number {
  return Math.ceil(words / 2);
}
