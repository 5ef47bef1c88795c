import type { Part } from '../collect/cursor.js';

/** One encoded sample, or part of one. */
export interface Entry {
  /** Empty where there is nothing to say of the part: it goes along with others. */
  readonly text: string;
  /** Its length in bytes of UTF-8. */
  readonly bytes: number;
  /** What it carries; nothing where another entry carries it all. */
  readonly part?: Part | undefined;
}

/** How entries become a body. Everything is ASCII, so that its length is its number of bytes. */
export interface Frame {
  readonly open: string;
  readonly separator: string;
  readonly close: string;
}

/** A body within the limit, and what it carries. */
export interface Packed {
  readonly body: string;
  readonly parts: readonly Part[];
}

/**
 * Joins entries into bodies of at most `limit` bytes, in order. An entry that does not fit into a body of its own
 * is given to `tooLarge` and left out.
 */
export function* pack(
  entries: Iterable<Entry>,
  frame: Frame,
  limit: number,
  tooLarge: (part: Part) => void,
): Generator<Packed> {
  const overhead = frame.open.length + frame.close.length;
  let texts: string[] = [];
  let parts: Part[] = [];
  let bytes = overhead;
  const packed = (): Packed => ({ body: frame.open + texts.join(frame.separator) + frame.close, parts });
  for (const entry of entries) {
    const { part } = entry;
    if (entry.text === '' || overhead + entry.bytes > limit) {
      if (part === undefined) continue;
      if (entry.text === '') parts.push(part);
      else tooLarge(part);
      continue;
    }
    if (texts.length > 0 && bytes + frame.separator.length + entry.bytes > limit) {
      yield packed();
      texts = [];
      parts = [];
      bytes = overhead;
    }
    bytes += entry.bytes + (texts.length > 0 ? frame.separator.length : 0);
    texts.push(entry.text);
    if (part !== undefined) parts.push(part);
  }
  if (texts.length > 0) yield packed();
}
