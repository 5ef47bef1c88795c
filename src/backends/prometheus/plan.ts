import { type Family, familyOf, type Metric } from './family.js';

/** A family as it stands in one recorder: which metrics' series are in it. */
export interface Block {
  readonly family: Family;
  /** Whether several metrics are in it. A format wants a family in one piece; the metrics may stand apart. */
  shared: boolean;
  /** Whether series in it may have the same labels, so that each has to be compared with the others. */
  ambiguous: boolean;
}

/**
 * Which metric is in which family. Made from the metrics in the order of a snapshot, and kept for the next one, which
 * mostly has the same or some more.
 */
export class Plan {
  readonly #summaries: boolean;
  readonly #metrics: Metric[] = [];
  readonly #blocks: (Block | undefined)[] = [];
  readonly #byName = new Map<string, Block>();

  /** @param summaries whether histograms are written as summaries */
  constructor(summaries: boolean) {
    this.#summaries = summaries;
  }

  /** Whether the metric at this place of the order is, or can become, this one. */
  accepts(at: number, metric: Metric): boolean {
    return at >= this.#metrics.length || this.#metrics[at] === metric;
  }

  /** The block of the metric at this place; `undefined` where another family has a name that it needs. */
  block(at: number): Block | undefined {
    return this.#blocks[at];
  }

  /** The metrics so far, for a plan that begins alike. */
  metrics(): readonly Metric[] {
    return this.#metrics;
  }

  /** Takes in the metric at the end of the order; does nothing for one that is there. */
  add(at: number, metric: Metric): void {
    if (at < this.#metrics.length) return;
    this.#metrics.push(metric);
    this.#blocks.push(this.#place(familyOf(metric, this.#summaries)));
  }

  #place(family: Family): Block | undefined {
    const there = this.#byName.get(family.name);
    if (there?.family.name === family.name && there.family.type === family.type) {
      there.shared = true;
      there.ambiguous = true;
      return there;
    }
    if (family.claims.some((name) => this.#byName.has(name))) return undefined;
    const block: Block = { family, shared: false, ambiguous: false };
    for (const name of family.claims) this.#byName.set(name, block);
    return block;
  }
}
