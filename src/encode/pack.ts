import type { Part } from '../collect/cursor.js';
import type { Sample } from '../collect/sample.js';
import { LogLinearHistogram } from '../histogram/index.js';

/** Some bins of a histogram: any value of each, and how many samples. */
export interface SomeBins {
  readonly sample: Sample;
  readonly bins: readonly (readonly [value: number, count: number])[];
}

/** One encoded sample, or part of one. */
export interface Entry {
  /** Empty where there is nothing to say of the part: it goes along with others. */
  readonly text: string;
  /** Its length in bytes of UTF-8. */
  readonly bytes: number;
  /** What it carries; nothing where another entry carries it all. */
  readonly part?: Part | SomeBins | undefined;
  /** What else it carries. */
  readonly others?: readonly Part[];
}

/** Of a sample that is dropped, or not wanted: so that there is time to look at the time where there are many. */
export const nothing: Entry = { text: '', bytes: 0 };

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

/** How many entries are looked at before the time is. */
const entriesAtOnce = 16;
/** How many texts are kept apart: V8 keeps each as a tree of its parts, all of which the garbage collector moves. */
const textsApart = 256;

/** What the body that is being made carries so far. */
class Load {
  readonly #parts: Part[] = [];
  #last: { readonly sample: Sample; readonly value: LogLinearHistogram } | undefined;

  add(part: Part | SomeBins | undefined, others: readonly Part[] = []): void {
    if (part !== undefined) this.#add(part);
    for (const other of others) this.#add(other);
  }

  #add(part: Part | SomeBins): void {
    if (!('bins' in part)) {
      this.#parts.push(part);
      return;
    }
    if (this.#last?.sample !== part.sample) {
      this.#close();
      this.#last = { sample: part.sample, value: new LogLinearHistogram() };
    }
    for (const [value, count] of part.bins) this.#last.value.record(value, count);
  }

  parts(): readonly Part[] {
    this.#close();
    return this.#parts;
  }

  /** Lines of one histogram become one part, and the whole of it is the sample itself: both are cheaper to commit. */
  #close(): void {
    if (this.#last === undefined) return;
    const { sample, value } = this.#last;
    const whole = (sample.value as LogLinearHistogram).count === value.count;
    this.#parts.push(whole ? sample : { series: sample.series, value });
    this.#last = undefined;
  }
}

/** What a cursor or a drop is told of an entry's part. */
export function partOf(part: Part | SomeBins): Part {
  const load = new Load();
  load.add(part);
  return load.parts()[0] as Part;
}

/**
 * Joins entries into bodies of at most `limit` bytes, in order. An entry that does not fit into a body of its own
 * is given to `tooLarge` and left out.
 * @param due asked now and then; where it says so, an empty body goes between, so that the event loop can go on
 */
export function* pack(
  entries: Iterable<Entry>,
  frame: Frame,
  limit: number,
  tooLarge: (part: Part) => void,
  due?: () => boolean,
): Generator<Packed> {
  const overhead = frame.open.length + frame.close.length;
  let texts: string[] = [];
  /** How many of them are joined ones. */
  let joined = 0;
  let load = new Load();
  let bytes = overhead;
  const packed = (): Packed => ({
    body: frame.open + texts.join(frame.separator) + frame.close,
    parts: load.parts(),
  });
  let entry = 0;
  for (const { text, bytes: length, part, others = [] } of entries) {
    if (++entry % entriesAtOnce === 0 && due?.()) yield { body: '', parts: [] };
    if (text === '') {
      load.add(part, others);
      continue;
    }
    if (overhead + length > limit) {
      if (part !== undefined) tooLarge(partOf(part));
      others.forEach(tooLarge);
      continue;
    }
    if (texts.length > 0 && bytes + frame.separator.length + length > limit) {
      yield packed();
      texts = [];
      joined = 0;
      load = new Load();
      bytes = overhead;
    }
    bytes += length + (texts.length > 0 ? frame.separator.length : 0);
    texts.push(text);
    if (texts.length - joined === textsApart) {
      texts.push(texts.splice(joined).join(frame.separator));
      joined++;
    }
    load.add(part, others);
  }
  if (texts.length > 0) yield packed();
}
