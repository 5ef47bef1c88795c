import type { CellSource } from '../../histogram/index.js';
import type { SharedCells } from './cells.js';
import { cellsOf, extent, record, slabLength } from './layout.js';
import { type Piece, wordOf, wordsAt } from './records.js';

/** Cells before those of an extent. */
const headCells = cellsOf(extent.length);

/**
 * Where one histogram's extents come from. Each lies in shared memory for good: filled in, then published by one store
 * to the list's head in the histogram's record, and counted in only afterwards. So a reader needs no second try.
 */
export class SharedExtents implements CellSource {
  /** What was taken. */
  readonly pieces: Piece[] = [];
  readonly #cells: SharedCells;
  readonly #lack: () => void;
  /** The histogram's record; 0 while, or if, there is none. */
  record = 0;

  /** @param lack told when there is no memory for an extent; what it counts is seen by this thread only */
  constructor(cells: SharedCells, lack: () => void) {
    this.#cells = cells;
    this.#lack = lack;
  }

  allocate(length: number, key: number): Float64Array {
    const cells = this.#cells;
    const index = this.record === 0 ? 0 : cells.take(headCells + length);
    if (index === 0) {
      this.#lack();
      return cells.own.allocate(length);
    }
    this.pieces.push({ index, length: headCells + length });
    const words = wordsAt(cells.arena, index);
    const head = wordOf(index);
    const list = wordsAt(cells.arena, this.record);
    const newest = wordOf(this.record) + record.extents;
    words[head + extent.previous] = list[newest]!;
    words[head + extent.key] = key;
    words[head + extent.cells] = length;
    Atomics.store(list, newest, index);
    const at = (index % slabLength) + headCells;
    return cells.arena.cells(Math.floor(index / slabLength)).subarray(at, at + length);
  }
}
