import type { Extent, LogLinearHistogram, SplitHistogram } from '../histogram/index.js';
import { Printed } from '../printed.js';
import type { CellCopies } from '../record/cells.js';
import { gaugeValue } from '../record/gauge.js';
import type { Registry, Threads } from '../record/registry.js';
import { histogramOf, type Series, type TextCell } from '../record/series.js';
import { Paged } from './paged.js';
import type { Sample, SampleValue } from './sample.js';
import { everything, type View } from './view.js';

/** Whether values are totals since a series' start, or what has not been delivered to one consumer yet. */
export type Temporality = 'cumulative' | 'delta';

/** What a series held beside its cells when the snapshot was taken. */
type Held = readonly Extent[] | string | null;

/**
 * All series at one point of time. Immutable: nothing that is recorded later shows. Samples are made from a copy of
 * the cells when they are asked for; iterating over the snapshot itself makes one at a time and keeps none.
 */
export class Snapshot extends Printed implements Iterable<Sample> {
  /** When it was taken, in milliseconds since 1970. */
  declare readonly at: number;
  /** The beginning of what it covers, in milliseconds since 1970; each sample has its own as well. */
  declare readonly start: number;
  /** Whether values are totals, or differences. */
  declare readonly temporality: Temporality;
  /** The paths of all namespaces but the root, empty ones too. */
  declare readonly namespaces: readonly (readonly string[])[];
  /** @internal Which series have samples, in their order. */
  declare readonly series: readonly (readonly (Series | undefined)[])[];
  /** @internal What the samples of a cumulative snapshot are made from, for who wants to make none. */
  declare readonly capture?: Capture;
  readonly #made: (series: Series) => Sample | undefined;
  #samples: readonly Sample[] | undefined;

  /** @param made makes the sample of a series; `undefined` where that is not wanted */
  constructor(
    about: Pick<Snapshot, 'at' | 'start' | 'temporality' | 'namespaces' | 'series' | 'capture'>,
    made: (series: Series) => Sample | undefined,
  ) {
    super();
    Object.assign(this, about);
    this.#made = made;
  }

  /** One sample a series, made at the first call. The series of one name stand together. */
  get samples(): readonly Sample[] {
    this.#samples ??= Object.freeze([...this]);
    return this.#samples;
  }

  /** Makes one sample at a time, unless `samples` was read before. */
  [Symbol.iterator](): Iterator<Sample> {
    return this.#samples?.[Symbol.iterator]() ?? (this.steps(false) as Iterator<Sample>);
  }

  /** What `JSON.stringify` writes: when it was taken, and of how many series. Its {@link samples} are written whole. */
  override toJSON(): object {
    const { at, start, temporality } = this;
    let series = 0;
    for (const list of this.series) for (const one of list) if (one !== undefined) series++;
    return { at, start, temporality, series };
  }

  /**
   * @internal The same, with `undefined` for each series that is not wanted unless told otherwise, so that whoever iterates
   * can look at the time where there are very many.
   */
  *steps(all = true): Generator<Sample | undefined> {
    for (const list of this.series) {
      for (const series of list) {
        const sample = series && this.#made(series);
        if (all || sample) yield sample;
      }
    }
  }
}

/** A registry's values at one point of time, from which snapshots are made. */
export class Capture {
  readonly at: number;
  readonly start: number;
  readonly namespaces: readonly (readonly string[])[];
  readonly series: readonly (readonly (Series | undefined)[])[];
  readonly #cells: CellCopies;
  readonly #moment: number;
  /** Gauges and texts that threads have in common. */
  readonly #merged: Threads['merged'] | undefined;
  /** What is not in cells, by the series' ids; most are numbers. */
  readonly #held = new Paged<Held>();

  /** Copies everything, synchronously. */
  constructor(registry: Registry) {
    this.at = registry.clock.now();
    this.start = registry.start;
    this.#moment = registry.moment();
    this.namespaces = registry.namespaces.slice();
    this.#cells = registry.cells.copy();
    this.#merged = registry.threads?.merged;
    this.series = [...registry.metrics.values()];
    // The lists are shared until they change: copying hundreds of thousands takes longer than copying their cells.
    registry.fresh.clear();
    for (const [{ kind }, siblings] of registry.apart) {
      for (const one of siblings) {
        if (one === undefined) continue;
        this.#held.set(one.id, kind === 'text' ? (one.store as TextCell).text : histogramOf(one).extents);
      }
    }
  }

  /** Whether a series lived then. */
  has(series: Series): boolean {
    return series.livedAt(this.#moment);
  }

  /** The value that a series had that lived then: its total, for counters and histograms. */
  value(series: Series): SampleValue {
    if (series.kind === 'counter') return this.count(series);
    if (series.kind === 'histogram') return this.histogram(series);
    const merged = this.#merged?.get(series);
    if (merged !== undefined) return merged;
    if (series.kind === 'text') return this.#held.get(series.id) as string | null;
    const cells = this.#cells.of(series.store as Float64Array);
    return cells === undefined ? null : gaugeValue(cells, series.at, series.type ?? 'double');
  }

  /** A counter's total. */
  count(series: Series): number {
    return this.#cells.of(series.store as Float64Array)?.[series.at] ?? 0;
  }

  /** A histogram's total; a new object at every call, over the same copied cells. */
  histogram(series: Series): LogLinearHistogram {
    return histogramOf(series).over(
      this.extents(series),
      (cells) => this.#cells.of(cells) ?? new Float64Array(cells.length),
    );
  }

  /** A histogram's extents, ascending; what was in their cells then is in the copy of their {@link block}. */
  extents(series: Series): readonly Extent[] {
    return this.#held.get(series.id) as readonly Extent[];
  }

  /** Where a histogram counts the sides of its bounds; what was there is in the copy as well. */
  splits(series: Series): Float64Array {
    return (histogramOf(series) as SplitHistogram).splits;
  }

  /** The copy of the block that cells lie in, at the same offset from its beginning. */
  block(cells: Float64Array): Float64Array | undefined {
    return this.#cells.block(cells);
  }

  /** Lets the memory be used again; whoever calls it made sure that nobody else looks at it. */
  release(): void {
    this.#cells.release();
  }

  /** The snapshot of totals. */
  cumulative({ accept, Sample }: View = everything): Snapshot {
    return new Snapshot({ ...this, temporality: 'cumulative', capture: this }, (one) =>
      accept(one) ? new Sample(one, one.start, this.value(one)) : undefined,
    );
  }
}
