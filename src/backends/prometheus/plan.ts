import { Paged } from '../../collect/paged.js';
import { Book } from '../../encode/book.js';
import type { Names } from '../../encode/taken.js';
import type { Series } from '../../record/series.js';
import {
  allSuffixes,
  claimsOf,
  type Family,
  type Format,
  familyOf,
  hasSuffix,
  headerOf,
  type Metric,
} from './family.js';
import { Pieces } from './pieces.js';

/** The series of one metric, as a snapshot has them. */
export type List = readonly (Series | undefined)[];

/** A family as it stands in one recorder: which metrics' series are in it. */
export interface Block extends Family {
  /** The first one. */
  readonly metric: Metric;
  /** Whether several metrics are in it. A format wants a family in one piece; the metrics may stand apart. */
  shared: boolean;
  /** Whether series in it may have the same labels, so that each has to be compared with the others. */
  ambiguous: boolean;
  /** Places of its headers among {@link Plan.headers}; 0 until they are made. */
  text: number;
  openmetrics: number;
  /** The labels of its series, where they have to be compared. */
  labels: Names<true> | undefined;
}

/**
 * Which metric is in which family. Made from the metrics in the order of a snapshot, and kept for the next one, which
 * mostly has the same or some more.
 */
export class Plan {
  /** What stands before each family's samples. */
  readonly headers: Pieces = new Pieces();
  readonly #summaries: boolean;
  // Not `#` fields where a metric may have one series: V8 takes about twice as long to reach those.
  private readonly metrics = new Paged<Metric>();
  private readonly blocks = new Paged<Block>();
  private readonly seen = new Paged<List>();
  private size = 0;
  readonly #names = new Book();
  /** By the number of its name. */
  readonly #named = new Paged<Block>();

  /** @param summaries whether histograms are written as summaries */
  constructor(summaries: boolean) {
    this.#summaries = summaries;
  }

  /** Whether the metric at this place of the order is, or can become, this one. */
  accepts(at: number, metric: Metric): boolean {
    return at >= this.size || this.metrics.get(at) === metric;
  }

  /** The block of the metric at this place; `undefined` where another family has a name that it needs. */
  block(at: number): Block | undefined {
    return this.blocks.get(at);
  }

  /** Takes in the metric at the end of the order; does nothing for one that is there. */
  add(at: number, metric: Metric): void {
    if (at < this.size) return;
    this.size++;
    this.metrics.set(at, metric);
    this.blocks.set(at, this.#place(metric));
  }

  /** Takes in the metric at the same place of another plan, and what was seen of it. */
  adopt(at: number, other: Plan): void {
    this.add(at, other.metrics.get(at) as Metric);
    this.seen.set(at, other.seen.get(at));
    const block = this.blocks.get(at);
    if (block !== undefined && other.blocks.get(at)?.ambiguous) block.ambiguous = true;
  }

  /** Whether this list was the last one seen of the metric at this place. One that a snapshot has does not change. */
  hasSeen(at: number, list: List): boolean {
    return this.seen.get(at) === list;
  }

  /** Notes that every series of a list was looked at. */
  saw(at: number, list: List): void {
    this.seen.set(at, list);
  }

  /** The place of a block's header; 0 if it has not been made. */
  header(block: Block, format: Format): number {
    // Not by the format's name: V8 takes several times as long to reach fields by names that change.
    return format === 'text' ? block.text : block.openmetrics;
  }

  /** Makes a block's header, and returns its place. */
  makeHeader(block: Block, format: Format): number {
    const place = this.headers.add(0, [headerOf(block.metric, block, format)]);
    if (format === 'text') block.text = place;
    else block.openmetrics = place;
    return place;
  }

  #place(metric: Metric): Block | undefined {
    const family = familyOf(metric, this.#summaries);
    const { name, type } = family;
    const there = this.#find(name);
    if (there?.type === type) {
      there.shared = true;
      there.ambiguous = true;
      return there;
    }
    if (this.#claimed(family)) return undefined;
    const block: Block = {
      name,
      type,
      metric,
      shared: false,
      ambiguous: false,
      text: 0,
      openmetrics: 0,
      labels: undefined,
    };
    this.#named.set(this.#names.add(name), block);
    return block;
  }

  /** Whether a name of this family is one of another's. No suffix ends with another, so only one of both names has one. */
  #claimed(family: Family): boolean {
    const { name } = family;
    return (
      claimsOf(family).some((claim) => this.#find(claim) !== undefined) ||
      allSuffixes.some((suffix) => {
        const other = name.endsWith(suffix) ? this.#find(name.slice(0, -suffix.length)) : undefined;
        return other !== undefined && hasSuffix(other.type, suffix);
      })
    );
  }

  #find(name: string): Block | undefined {
    const number = this.#names.find(name);
    return number === undefined ? undefined : this.#named.get(number);
  }
}
