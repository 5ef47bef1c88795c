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
  /** What was written and not taken yet. */
  text = '';
  /** The family that is being written; undefined where there can be none. */
  block: Block | undefined;
  /** Whether it was asked for. */
  wanted = false;
  readonly #format: Format;
  readonly #names: ReadonlySet<string> | undefined;
  /** Which series the family has already; undefined where no two of them can be the same. */
  #taken: Set<string> | undefined;
  /** What stands before the family's next line. */
  #header = '';
  /** Where the family's lines go; undefined for `text`. */
  #waiting: Waiting | undefined;
  readonly #shared = new Map<Block, Waiting>();

  /** @param names of the families that are asked for, or of their samples; undefined for all */
  constructor(format: Format, names: ReadonlySet<string> | undefined) {
    this.#format = format;
    this.#names = names;
  }

  /** Begins with the series of another metric. What its block says of others may change while they are written. */
  enter(block: Block | undefined): void {
    this.block = block;
    if (block === undefined) return;
    const { family, shared, ambiguous } = block;
    const names = this.#names;
    this.wanted = names === undefined || family.claims.some((name) => names.has(name));
    if (!this.wanted) return;
    const header = family.header[this.#format];
    this.#waiting = undefined;
    if (shared) {
      this.#waiting = this.#shared.get(block) ?? { taken: new Set(), texts: [header] };
      this.#shared.set(block, this.#waiting);
      this.#taken = this.#waiting.taken;
    } else {
      this.#header = header;
      this.#taken = ambiguous ? new Set() : undefined;
    }
  }

  /** @returns false if the family has a series of these labels already */
  write({ head }: Kept, lines: string): boolean {
    if (this.#taken !== undefined) {
      if (this.#taken.has(head)) return false;
      this.#taken.add(head);
    }
    if (this.#waiting !== undefined) {
      this.#waiting.texts.push(lines);
    } else {
      this.text += this.#header + lines;
      this.#header = '';
    }
    return true;
  }

  /** What was written since the last call. */
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }

  /** The families that had to wait. */
  *rest(): Generator<string> {
    for (const { texts } of this.#shared.values()) if (texts.length > 1) yield* texts;
  }
}
