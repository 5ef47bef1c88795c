import { Names, type Taken } from '../../encode/taken.js';
import { claimsOf, type Format } from './family.js';
import { Pieces, WORD } from './pieces.js';
import type { Block, Plan } from './plan.js';
import { Writer } from './writer.js';

/**
 * Bytes that are given out at once; and of a document longer than `long`. V8 gives a string of more than 128 KiB pages
 * of its own, which takes longer, but never copies it: whoever keeps a long document would wait for that otherwise.
 */
const chunk = 65_536;
const largeChunk = 163_840;
const long = 2 ** 21;

/** A family that has to wait for all of its metrics. */
interface Waiting {
  readonly taken: Taken<true>;
  readonly texts: string[];
  begun: boolean;
}

/** The text of one render, which is put together family by family. */
export class Output {
  readonly writer: Writer = new Writer(chunk + 4096);
  // Not `#` fields where a metric may have one series: V8 takes about twice as long to reach those.
  private readonly format: Format;
  private readonly names: ReadonlySet<string> | undefined;
  private readonly plan: Plan;
  /** Which series the family has already; undefined where no two of them can be the same. */
  taken: Taken<true> | undefined;
  /** The place of what stands before the family's first line, until that is written; then 0. */
  private header = 0;
  /** Where the family's lines go; undefined where nothing has to wait. */
  private waiting: Waiting | undefined;
  /** Where in the writer the lines begin that have to wait. */
  private mark = 0;
  /** How many bytes are given out at once, and how many were. */
  private limit = chunk;
  private given = 0;
  private readonly shared = new Map<Block, Waiting>();

  /** @param names of the families that are asked for, or of their samples; undefined for all */
  constructor(plan: Plan, format: Format, names: ReadonlySet<string> | undefined) {
    this.plan = plan;
    this.format = format;
    this.names = names;
  }

  /**
   * Begins with the series of another metric. What its block says of others may change while they are written.
   * @returns whether the family was asked for
   */
  enter(block: Block): boolean {
    if (this.waiting !== undefined) this.set(this.waiting);
    const { names } = this;
    if (names !== undefined && !claimsOf(block).some((name) => names.has(name))) return false;
    const { plan, format } = this;
    this.header = plan.header(block, format) || plan.makeHeader(block, format);
    this.taken = undefined;
    if (!block.shared) {
      if (block.ambiguous) this.taken = takenIn(block);
      return true;
    }
    const waiting = this.shared.get(block) ?? { taken: takenIn(block), texts: [], begun: false };
    this.shared.set(block, waiting);
    this.taken = waiting.taken;
    if (waiting.begun) this.header = 0;
    this.waiting = waiting;
    this.mark = this.writer.length;
    return true;
  }

  /** Called before a series' lines. */
  begin(): void {
    if (this.header !== 0) this.write();
  }

  private write(): void {
    this.writer.piece(this.plan.headers.block(this.header), Pieces.offset(this.header) + WORD);
    this.header = 0;
    if (this.waiting !== undefined) this.waiting.begun = true;
  }

  /** Whether it is time to {@link take}. */
  get full(): boolean {
    return this.writer.length >= this.limit;
  }

  /** What was written since the last call. */
  take(): string {
    const { waiting } = this;
    if (waiting !== undefined) this.set(waiting);
    this.waiting = waiting;
    this.mark = 0;
    this.given += this.writer.length;
    if (this.given >= long) this.limit = largeChunk;
    return this.writer.cut(0);
  }

  /** The families that had to wait. */
  *rest(): Generator<string> {
    for (const { texts } of this.shared.values()) yield* texts;
  }

  /** Sets the lines aside that have to wait. */
  private set(waiting: Waiting): void {
    this.waiting = undefined;
    if (this.writer.length > this.mark) waiting.texts.push(this.writer.cut(this.mark));
  }
}

function takenIn(block: Block): Taken<true> {
  block.labels ??= new Names();
  return block.labels.begin();
}
