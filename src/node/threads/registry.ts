import { LogLinearHistogram, SplitHistogram } from '../../histogram/index.js';
import { gaugeCells } from '../../record/gauge.js';
import type { Metric } from '../../record/metric.js';
import { Registry } from '../../record/registry.js';
import type { Origin, Series, Store } from '../../record/series.js';
import { type Arena, slotWord } from './arena.js';
import { SharedCells } from './cells.js';
import { SharedExtents } from './extents.js';
import { cellsOf, originWords, reasons, record, slot, state, text } from './layout.js';
import { originRecord, type Piece, wordOf, wordsAt, writeJson } from './records.js';
import { SharedText } from './texts.js';

/** What of a series is in shared memory. */
interface Announced {
  /** Its record; `undefined` where there was no memory for it. */
  readonly record: Piece | undefined;
  readonly value: Piece | undefined;
  readonly extents: SharedExtents | undefined;
}

/** The registry of a thread that another one reads: what it records is in shared memory. */
export class ThreadRegistry extends Registry {
  override readonly cells: SharedCells;
  /** By which a registry of another copy of the package is told from others. */
  readonly attached = true;
  readonly #arena: Arena;
  readonly #slot: number;
  readonly #announced = new Map<Series, Announced>();
  /** What the series of one metric share is written once; 0 where there was no memory. */
  readonly #origins = new WeakMap<Origin, number>();
  /** Series that have ended, and that the reader is perhaps not done with. */
  readonly #ended: Announced[] = [];
  #serial = 0;
  #warned = false;
  /** What {@link store} took last. */
  #taken: Omit<Announced, 'record'> = { value: undefined, extents: undefined };

  constructor(arena: Arena, slot: number, thread: number, ...made: ConstructorParameters<typeof Registry>) {
    super(...made);
    this.#arena = arena;
    this.#slot = slot;
    this.cells = new SharedCells(arena, thread);
    this.#tellRefusals();
  }

  override store(metric: Metric): [Store, number] {
    this.#recycle();
    if (metric.kind === 'histogram') {
      const extents = new SharedExtents(this.cells, () => this.#lack());
      const { bounds } = metric;
      if (bounds === undefined) {
        this.#taken = { value: undefined, extents };
        return [new LogLinearHistogram(extents), 0];
      }
      const at = this.cells.place(bounds.cells);
      const { block, index } = this.cells;
      if (index === 0) this.#lack();
      this.#taken = { value: pieceOf(index, bounds.cells), extents };
      return [new SplitHistogram(bounds, extents, block.subarray(at, at + bounds.cells)), 0];
    }
    if (metric.kind === 'text') {
      const length = cellsOf(text.length);
      const index = this.cells.take(length);
      this.#taken = { value: pieceOf(index, length), extents: undefined };
      return [index === 0 ? { text: null } : new SharedText(this.#arena, index), 0];
    }
    const length = gaugeCells(metric.type);
    const at = this.cells.place(length);
    const { block, index } = this.cells;
    this.#taken = { value: pieceOf(index, length), extents: undefined };
    // Until its function was called for the first time nobody may take its 0 for a value.
    if (metric.observe !== undefined) block[at + length - 1] = Number.NaN;
    return [block, at];
  }

  override add(origin: Origin, slot: number): Series {
    const series = super.add(origin, slot);
    this.#announce(series);
    return series;
  }

  override end(series: Series): void {
    super.end(series);
    this.#retire(series);
  }

  /**
   * The new series gets cells of its own, so that a reader takes what the old ones hold to the last. The caller zeroes
   * the new ones, which they are.
   */
  override restart(series: Series): Series {
    // All handles let go of the old cells; those that are used again take hold of the new ones.
    series.origin.family?.detach(series.slot);
    const [store, at] = this.store(series.metric);
    const successor = this.succeed(series, store, at);
    this.#announce(successor);
    this.#retire(series);
    return successor;
  }

  /** Writes what the series is, then publishes it. The handle is given out afterwards. */
  #announce(series: Series): void {
    const { value, extents } = this.#taken;
    const origin = value === undefined && extents === undefined ? 0 : this.#origin(series.origin);
    const values = series.origin.family === undefined ? undefined : series.values;
    const piece = origin === 0 ? undefined : writeJson(this.cells, record.length, values);
    this.#announced.set(series, { record: piece, value, extents });
    if (piece === undefined) {
      this.#lack();
      return;
    }
    if (extents !== undefined) extents.record = piece.index;
    const words = wordsAt(this.#arena, piece.index);
    const at = wordOf(piece.index);
    const newest = slotWord(this.#slot, slot.newest);
    words[at + record.previous] = this.#arena.header[newest]!;
    words[at + record.serial] = ++this.#serial;
    words[at + record.origin] = origin;
    words[at + record.value] = value?.index ?? 0;
    Atomics.store(this.#arena.header, newest, piece.index);
    Atomics.store(this.#arena.header, slotWord(this.#slot, slot.count), this.#serial);
  }

  #origin(origin: Origin): number {
    let index = this.#origins.get(origin);
    if (index === undefined) {
      index = writeJson(this.cells, originWords, originRecord(origin.metric, origin.base))?.index ?? 0;
      // Not kept without memory: there may be some later.
      if (index !== 0) this.#origins.set(origin, index);
    }
    return index;
  }

  /** Tells the reader that the values are the last ones. */
  #retire(series: Series): void {
    const announced = this.#announced.get(series) as Announced;
    this.#announced.delete(series);
    this.#ended.push(announced);
    if (announced.record === undefined) return;
    const { index } = announced.record;
    Atomics.store(wordsAt(this.#arena, index), wordOf(index) + record.state, state.ended);
    Atomics.add(this.#arena.header, slotWord(this.#slot, slot.ended), 1);
  }

  /** Takes back the memory of ended series whose last values the reader has. */
  #recycle(): void {
    let done = 0;
    // In their order, in which the reader takes them too: there may be very many where nobody reads.
    while (done < this.#ended.length && this.#isDone(this.#ended[done] as Announced)) done++;
    for (const { record: piece, value, extents } of this.#ended.splice(0, done)) {
      for (const one of [piece, value, ...(extents?.pieces ?? [])]) {
        if (one !== undefined) this.cells.recycle(one.index, one.length);
      }
    }
  }

  #isDone({ record: piece }: Announced): boolean {
    if (piece === undefined) return true;
    const words = wordsAt(this.#arena, piece.index);
    return Atomics.load(words, wordOf(piece.index) + record.state) === state.done;
  }

  /** What is refused here is counted in shared memory, too. */
  #tellRefusals(): void {
    const { tally } = this;
    const { header } = this.#arena;
    const first = slotWord(this.#slot, slot.refused);
    const refuse = tally.refuse.bind(tally);
    tally.refuse = (reason, times = 1) => {
      refuse(reason, times);
      Atomics.add(header, first + reasons.indexOf(reason), times);
    };
  }

  /** Notes that there was no memory for something, which only this thread sees from now on. */
  #lack(): void {
    this.tally.refuse('memory');
    if (this.#warned) return;
    this.#warned = true;
    this.tally.warn('The memory that threads share is used up; raise the maxBytes of share.');
  }
}

function pieceOf(index: number, length: number): Piece | undefined {
  return index === 0 ? undefined : { index, length };
}
