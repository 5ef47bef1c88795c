import type { Part } from '../collect/cursor.js';
import type { Sample } from '../collect/sample.js';
import { LogLinearHistogram } from '../histogram/index.js';
import type { Body } from './body.js';

/** Some bins of a histogram: any value of each, and how many samples. */
export interface SomeBins {
  readonly sample: Sample;
  readonly bins: readonly (readonly [value: number, count: number])[];
}

/** One encoded sample, or part of one. */
export interface Entry<Chunk extends string | Uint8Array = string> {
  /** Empty where there is nothing to say of the part: it goes along with others. */
  readonly chunk: Chunk;
  /** Its length in bytes, of UTF-8 where it is text. */
  readonly bytes: number;
  /** What it carries; nothing where another entry carries it all. */
  readonly part?: Part | SomeBins | undefined;
  /** What else it carries. */
  readonly others?: readonly Part[] | undefined;
}

/** Emitted for a skipped sample so that {@link pack} can still check its deadline. */
export const nothing: Entry = { chunk: '', bytes: 0 };

/** A body within the limit, and what it carries. */
export interface Packed<Chunk> {
  readonly body: Chunk;
  readonly parts: readonly Part[];
}

/** How many entries are looked at before the time is. */
const entriesAtOnce = 16;

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
 * Puts entries into bodies of at most `limit` bytes, in order. An entry that does not fit into a body of its own is given
 * to `tooLarge` and left out.
 * @param begin makes a body without entries
 * @param due asked now and then; where it says so, an empty body goes between, so that the event loop can go on
 */
export function* pack<Chunk extends string | Uint8Array>(
  entries: Iterable<Entry<Chunk>>,
  begin: () => Body<Chunk>,
  limit: number,
  tooLarge: (part: Part) => void,
  due?: () => boolean,
): Generator<Packed<Chunk | string>> {
  let body = begin();
  const alone = body.sizeWith(0);
  let load = new Load();
  let entry = 0;
  for (const { chunk, bytes, part, others = [] } of entries) {
    if (++entry % entriesAtOnce === 0 && due?.()) yield { body: '', parts: [] };
    if (chunk.length === 0) {
      load.add(part, others);
      continue;
    }
    if (alone + bytes > limit) {
      if (part !== undefined) tooLarge(partOf(part));
      others.forEach(tooLarge);
      continue;
    }
    if (!body.empty && body.sizeWith(bytes) > limit) {
      yield { body: body.finish(), parts: load.parts() };
      body = begin();
      load = new Load();
    }
    body.add(chunk, bytes);
    load.add(part, others);
  }
  if (!body.empty) yield { body: body.finish(), parts: load.parts() };
}
