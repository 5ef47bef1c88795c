import type { Bounds } from '../../histogram/index.js';
import { slabLength } from './layout.js';
import type { SeenExtent } from './seen.js';
import type { Slabs } from './slabs.js';

/**
 * The splits of a histogram of another thread, and what was taken in of them.
 *
 * The thread counts a sample first in its split, then in its bin. Its bins are read first, then its splits; so a split may
 * be ahead of what was taken in of its bin, never behind. What it is ahead of waits for the bin, so that no count at a
 * bound ever goes down: in each pull, a bin's splits get no more samples than the bin did.
 */
export class SeenSplits {
  readonly #bounds: Bounds;
  /** The splits, and what was taken in of them; `undefined` where the thread had no memory to share for them. */
  readonly #cells: Float64Array | undefined;
  readonly #seen: Float64Array | undefined;
  /** Of each split bin the samples that were taken in. */
  readonly #bins: Float64Array;

  /** @param index where the splits are; 0 if there are none */
  constructor(bounds: Bounds, slabs: Slabs, index: number) {
    this.#bounds = bounds;
    this.#bins = new Float64Array(bounds.bins.length);
    if (index === 0) return;
    const at = index % slabLength;
    this.#cells = slabs.cells(index).subarray(at, at + bounds.cells);
    this.#seen = slabs.seen(index).subarray(at, at + bounds.cells);
  }

  /**
   * Adds what is new to the splits of a histogram that has got the new samples of the bins.
   *
   * @param into `undefined` where nobody wants them
   * @param all whether nothing more comes, so that nothing has to wait
   */
  takeIn(into: Float64Array | undefined, extents: readonly SeenExtent[], all: boolean): void {
    const cells = this.#cells;
    const seen = this.#seen;
    this.#bounds.bins.forEach(({ key, from, to, unknown }, i) => {
      const samples = extents.reduce((sum, extent) => sum + extent.of(key), 0);
      let more = samples - this.#bins[i]!;
      this.#bins[i] = samples;
      if (cells === undefined || seen === undefined) {
        if (into !== undefined) into[unknown]! += more;
        return;
      }
      if (all) more = Number.POSITIVE_INFINITY;
      for (let split = from; split < to; split++) {
        const ahead = Math.min(cells[split]! - seen[split]!, more);
        // Less, or not a number, is only what something else has written there.
        if (!(ahead > 0)) continue;
        if (into !== undefined) into[split]! += ahead;
        seen[split]! += ahead;
        more -= ahead;
      }
    });
  }

  /** Takes it that nothing was taken in. */
  forget(): void {
    this.#seen?.fill(0);
    this.#bins.fill(0);
  }
}
