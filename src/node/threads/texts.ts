import type { TextCell } from '../../record/series.js';
import type { Arena } from './arena.js';
import { header, slabLength, text } from './layout.js';

/** How often a reader begins anew, if the writer comes in between, before it keeps what it had. */
const attempts = 8;

/**
 * A text in shared memory, as its only writer has it. It is kept twice: the place that is not current is written, then
 * becomes current. Each word is written by `Atomics`, so that none can appear before the version that announces it.
 */
export class SharedText implements TextCell {
  readonly #arena: Arena;
  readonly #words: Int32Array;
  readonly #at: number;
  #text: string | null = null;

  /** @param index where it is, zeroed */
  constructor(arena: Arena, index: number) {
    this.#arena = arena;
    this.#words = arena.words(Math.floor(index / slabLength));
    this.#at = (index % slabLength) * 2;
  }

  get text(): string | null {
    return this.#text;
  }

  /** Not longer than 512 bytes of UTF-8, to which handles cut it. */
  set text(value: string | null) {
    this.#text = value;
    const words = this.#words;
    const version = (words[this.#at + text.version]! + 1) | 0;
    const place = placeOf(this.#at, version);
    Atomics.store(words, place + text.stamp, tick(this.#arena));
    const bytes = new Uint8Array(Math.ceil(Buffer.byteLength(value ?? '') / 4) * 4);
    Atomics.store(words, place + text.bytes, value === null ? -1 : Buffer.from(bytes.buffer).write(value));
    const content = new Int32Array(bytes.buffer);
    for (let i = 0; i < content.length; i++) Atomics.store(words, place + 2 + i, content[i]!);
    Atomics.store(words, this.#at + text.version, version);
  }
}

/** A text and when it was set, by the clock of {@link tick}. */
export interface Stamped {
  readonly text: string | null;
  readonly stamp: number;
}

/** A text in shared memory, as another thread reads it. */
export class TextReader {
  readonly #words: Int32Array;
  readonly #at: number;
  #version = 0;
  #last: Stamped = { text: null, stamp: 0 };

  constructor(arena: Arena, index: number) {
    this.#words = arena.words(Math.floor(index / slabLength));
    this.#at = (index % slabLength) * 2;
  }

  /** As it was last set. While the writer sets it faster than it can be read: as it was read before. Never waits. */
  read(): Stamped {
    const words = this.#words;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const version = Atomics.load(words, this.#at + text.version);
      if (version === this.#version) break;
      const place = placeOf(this.#at, version);
      const stamp = Atomics.load(words, place + text.stamp);
      const bytes = Atomics.load(words, place + text.bytes);
      // Longer than any text: something else has written there.
      if (bytes > (text.placeWords - 2) * Int32Array.BYTES_PER_ELEMENT) break;
      const content = new Int32Array(Math.ceil(Math.max(bytes, 0) / 4));
      for (let i = 0; i < content.length; i++) content[i] = Atomics.load(words, place + 2 + i);
      // Unless the version has moved on, the writer was not at this place.
      if (Atomics.load(words, this.#at + text.version) !== version) continue;
      this.#version = version;
      this.#last = { text: bytes < 0 ? null : Buffer.from(content.buffer, 0, bytes).toString(), stamp };
    }
    return this.#last;
  }
}

/** A moment that is later than all that were given before, to whatever thread. It may wrap around: see {@link isLater}. */
export function tick(arena: Arena): number {
  return (Atomics.add(arena.header, header.clock, 1) + 1) | 0;
}

export function isLater(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** Where a version's place begins. */
function placeOf(at: number, version: number): number {
  return at + text.places + (version & 1) * text.placeWords;
}
