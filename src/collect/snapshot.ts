import type { Extent, LogLinearHistogram, SplitHistogram } from '../histogram/index.js';
import { Printed } from '../printed.js';
import type { CellCopies } from '../record/cells.js';
import { gaugeValue } from '../record/gauge.js';
import type { Registry, SeriesList, Threads } from '../record/registry.js';
import { histogramOf, type Series, type TextCell } from '../record/series.js';
import { Paged } from './paged.js';
import type { Sample, SampleValue } from './sample.js';
import { everything, type View } from './view.js';

/** Whether values are totals since a series' start, or what has not been delivered to one consumer yet. */
export type Temporality = 'cumulative' | 'delta';

/** What a series held beside its cells when the snapshot was taken. */
type Held = readonly Extent[] | string | null;

function heldOf(series: Series, kind: Series['kind']): Held {
  return kind === 'text' ? (series.store as TextCell).text : histogramOf(series).extents;
}

/** What a capture is made of. */
interface About {
  readonly registry: Registry;
  readonly at: number;
  readonly monotonic: number;
  readonly began: number;
  readonly ended: number;
  readonly series: readonly SeriesList[];
  readonly held: Paged<Held>;
  readonly cells: CellCopies;
}

/**
 * All series at one point of time. Immutable: nothing that is recorded later shows. Samples are made from a copy of
 * the cells when they are asked for; iterating over the snapshot itself makes one at a time and keeps none.
 */
export class Snapshot extends Printed implements Iterable<Sample> {
  /** When it was taken, in milliseconds since 1970. */
  declare readonly at: number;
  /** Whether values are totals, or differences. */
  declare readonly temporality: Temporality;
  /** The paths of all namespaces but the root, empty ones too. */
  declare readonly namespaces: readonly (readonly string[])[];
  /** @internal Which series have samples, in their order. */
  declare readonly series: readonly (readonly (Series | undefined)[])[];
  /** @internal What the samples of a cumulative snapshot are made from, for who wants to make none. */
  declare readonly capture?: Capture;
  readonly #made: (series: Series) => Sample | undefined;
  #start: number | (() => number);
  #samples: readonly Sample[] | undefined;

  /** @param made makes the sample of a series; `undefined` where that is not wanted */
  constructor(
    about: Pick<Snapshot, 'at' | 'temporality' | 'namespaces' | 'series' | 'capture'> & {
      readonly start: number | (() => number);
    },
    made: (series: Series) => Sample | undefined,
  ) {
    super();
    const { start, ...others } = about;
    Object.assign(this, others);
    this.#start = start;
    this.#made = made;
  }

  /**
   * The beginning of what it covers, in milliseconds since 1970: no sample begins earlier, and each has its own. In a
   * delta it is looked for among all series when it is read for the first time.
   */
  get start(): number {
    if (typeof this.#start === 'function') this.#start = this.#start();
    return this.#start;
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

/** Lists of series, and series whose values are not in cells, of which there are few enough for one sweep. */
const few = 20_000;
/** How many series are looked at before work may be stopped. */
const seriesAtOnce = 256;

/** A registry's values at one point of time, from which snapshots are made. */
export class Capture {
  readonly at: number;
  /** {@link at} by the monotonic clock. */
  readonly monotonic: number;
  readonly start: number;
  readonly namespaces: readonly (readonly string[])[];
  readonly series: readonly (readonly (Series | undefined)[])[];
  readonly #registry: Registry;
  readonly #cells: CellCopies;
  /** What it lists had come to be before the first of these moments, and had not ended at the second. */
  readonly #began: number;
  readonly #listed: number;
  /** When it was handed over: whoever hears of ends from then on has heard of all before. */
  #taken: number;
  /** Gauges and texts that threads have in common. */
  readonly #merged: Threads['merged'] | undefined;
  /** What is not in cells, by the series' ids; most are numbers. */
  readonly #held: Paged<Held>;

  /** @internal Made by {@link now} and {@link inPieces}. */
  private constructor(about: About) {
    const { registry } = about;
    this.#registry = registry;
    this.at = about.at;
    this.monotonic = about.monotonic;
    this.start = registry.start;
    this.#began = about.began;
    this.#listed = about.ended;
    this.#taken = about.ended;
    this.namespaces = registry.namespaces.slice();
    this.#cells = about.cells;
    this.#merged = registry.threads?.merged;
    this.series = about.series;
    this.#held = about.held;
  }

  /** Copies everything, in one synchronous sweep. */
  static now(registry: Registry): Capture {
    const held = new Paged<Held>();
    for (const [{ kind }, siblings] of registry.apart) {
      for (const one of siblings) if (one !== undefined) held.set(one.id, heldOf(one, kind));
    }
    // The lists are shared until they change: copying hundreds of thousands takes longer than copying their cells.
    const series = [...registry.metrics.values()];
    registry.fresh.clear();
    const [began, ended] = [registry.moment(), registry.moment()];
    const cells = registry.cells.copy();
    const { clock } = registry;
    return new Capture({
      registry,
      at: clock.now(),
      monotonic: clock.monotonic(),
      began,
      ended,
      series,
      held,
      cells,
    });
  }

  /**
   * Copies everything in pieces, between which other work can be done. Of one point of time as well, unless that would
   * take too long: then it has the series that live from its beginning to its end, each as it was somewhere in between.
   */
  static *inPieces(registry: Registry): Generator<void, Capture> {
    let apart = registry.metrics.size;
    for (const siblings of registry.apart.values()) apart += siblings.length;
    if (!registry.cells.many && apart <= few) {
      yield* registry.cells.reserve();
      return Capture.now(registry);
    }
    const [at, monotonic] = [registry.clock.now(), registry.clock.monotonic()];
    const began = registry.moment();
    const held = new Paged<Held>();
    const lists: SeriesList[] = [];
    let looked = 0;
    for (const [{ kind }, siblings] of registry.metrics) {
      registry.fresh.delete(siblings);
      lists.push(siblings);
      if (++looked % seriesAtOnce === 0) yield;
      if (kind !== 'text' && kind !== 'histogram') continue;
      // Before any cells are copied: what a histogram grows into afterwards may be another's in the copy.
      for (const one of siblings) {
        if (one !== undefined) held.set(one.id, heldOf(one, kind));
        if (++looked % seriesAtOnce === 0) yield;
      }
    }
    const cells = yield* registry.cells.copying();
    const ended = registry.moment();
    for (const [i, siblings] of lists.entries()) {
      let lived: SeriesList | undefined;
      for (const [slot, one] of siblings.entries()) {
        if (++looked % seriesAtOnce === 0) yield;
        if (one === undefined || one.lived(began, ended)) continue;
        lived ??= siblings.slice();
        lived[slot] = undefined;
      }
      if (lived !== undefined) lists[i] = lived;
    }
    return new Capture({ registry, at, monotonic, began, ended, series: lists, held, cells });
  }

  /** Hands it over to who hears of series' ends: those that have ended since are not its any more. @returns itself */
  take(): this {
    this.#taken = this.#registry.moment();
    return this;
  }

  /** Whether a series lived then, and until it was handed over. */
  has(series: Series): boolean {
    return series.lived(this.#began, this.#taken);
  }

  /** Whether a series is listed. */
  lists(series: Series): boolean {
    return series.lived(this.#began, this.#listed);
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
