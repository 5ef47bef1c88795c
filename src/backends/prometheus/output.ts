import type { Format } from './family.js';
import type { Kept } from './lines.js';
import type { Block } from './plan.js';

/** A family that has to wait for all of its metrics. */
interface Waiting {
  readonly taken: Set<string>;
  readonly texts: string[];
}

/** Text that is being put together, family by family. */
export class Output {
  /** Whether the family that is being written was asked for. */
  wanted = false;
  // Not `#` fields where every line is written: V8 takes about twice as long to reach those.
  private text = '';
  readonly #format: Format;
  readonly #names: ReadonlySet<string> | undefined;
  /** Which series the family has already; undefined where no two of them can be the same. */
  private taken: Set<string> | undefined;
  /** What stands before the family's first line, until that is written. */
  private header = '';
  /** Where the family's lines go; undefined for `text`. */
  private waiting: Waiting | undefined;
  readonly #shared = new Map<Block, Waiting>();

  /** @param names of the families that are asked for, or of their samples; undefined for all */
  constructor(format: Format, names: ReadonlySet<string> | undefined) {
    this.#format = format;
    this.#names = names;
  }

  /** Begins with the series of another metric. What its block says of others may change while they are written. */
  enter(block: Block | undefined): void {
    if (block === undefined) return;
    const { family, shared, ambiguous } = block;
    const names = this.#names;
    this.wanted = names === undefined || family.claims.some((name) => names.has(name));
    if (!this.wanted) return;
    const header = family.header[this.#format];
    this.waiting = undefined;
    if (shared) {
      this.waiting = this.#shared.get(block) ?? { taken: new Set(), texts: [header] };
      this.#shared.set(block, this.waiting);
      this.taken = this.waiting.taken;
    } else {
      this.header = header;
      this.taken = ambiguous ? new Set() : undefined;
    }
  }

  /** @returns false if the family has a series of these labels already */
  write({ head }: Kept, lines: string): boolean {
    if (this.taken !== undefined) {
      if (this.taken.has(head)) return false;
      this.taken.add(head);
    }
    if (this.waiting !== undefined) {
      this.waiting.texts.push(lines);
      return true;
    }
    if (this.header !== '') {
      this.text += this.header;
      this.header = '';
    }
    this.text += lines;
    return true;
  }

  /** Characters that were written and not taken yet. */
  get length(): number {
    return this.text.length;
  }

  /** What was written since the last call. */
  take(): string {
    const { text } = this;
    this.text = '';
    // V8 keeps what `+` gives as a tree. Looking at it makes one piece of it, while it is still in the processor's cache.
    text.charCodeAt(0);
    return text;
  }

  /** The families that had to wait. */
  *rest(): Generator<string> {
    for (const { texts } of this.#shared.values()) if (texts.length > 1) yield* texts;
  }
}
