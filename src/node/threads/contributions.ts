import { isExtent, LogLinearHistogram, type SplitHistogram } from '../../histogram/index.js';
import type { Counter } from '../../record/counter.js';
import { type Gauge, gaugeCells, gaugeValue } from '../../record/gauge.js';
import type { GaugeType, Metric } from '../../record/metric.js';
import type { Registry } from '../../record/registry.js';
import { histogramOf, type TextCell } from '../../record/series.js';
import { DamagedError } from './arena.js';
import type { Known } from './instruments.js';
import { cellsOf, extent, record, slabLength, text } from './layout.js';
import { wordOf, wordsAt } from './records.js';
import { SeenExtent } from './seen.js';
import { SeenSplits } from './seen-splits.js';
import type { Slabs } from './slabs.js';
import type { Stamps } from './stamps.js';
import type { Target, Targets } from './targets.js';
import { isLater, TextReader } from './texts.js';

/** What contributions have in common. */
export interface Reading {
  readonly slabs: Slabs;
  readonly targets: Targets;
  readonly stamps: Stamps;
  readonly registry: Registry;
}

/** A series of another thread. */
export interface Foreign {
  /** Its record. */
  readonly index: number;
  /** Where its value is; of a histogram its splits, 0 without bounds. */
  readonly value: number;
  readonly known: Known;
  /** Its values of its family's tags; none without a family, and for the overflow. */
  readonly values: readonly string[];
}

/** What a series of another thread adds to one of the reading thread's. */
export abstract class Contribution {
  readonly foreign: Foreign;
  protected readonly reading: Reading;
  /** `undefined` where its metric was unregistered. */
  protected target: Target | undefined;

  constructor(reading: Reading, foreign: Foreign) {
    this.reading = reading;
    this.foreign = foreign;
    this.target = reading.targets.take(foreign.known, foreign.values);
  }

  /** Takes in what the thread has recorded since the last time. */
  abstract pull(): void;

  /**
   * Leaves what was taken in, and forgets how much that was, because the cells will be used again from 0 on.
   * @param removed whether its owner ended the series, in place of ending itself
   */
  end(removed: boolean): void {
    if (this.target !== undefined) this.reading.targets.release(this.target, removed);
  }

  /**
   * What it goes into: another series where the host has removed that. `undefined` where the metric was unregistered,
   * and not registered again.
   */
  protected into(): Target | undefined {
    const { target } = this;
    if (target === undefined || target.handle.series.ended) {
      const { targets } = this.reading;
      if (target !== undefined) targets.release(target, false);
      this.target = targets.take(this.foreign.known, this.foreign.values);
    }
    return this.target;
  }

  /** Counts something new that goes nowhere. */
  protected lose(): void {
    const { known } = this.foreign;
    this.reading.registry.unregistered(known.metric);
  }
}

class CounterContribution extends Contribution {
  // Not `#` fields: V8 takes about twice as long to reach those.
  private readonly cells: Float64Array;
  private readonly seen: Float64Array;
  private readonly at: number;

  constructor(reading: Reading, foreign: Foreign) {
    super(reading, foreign);
    this.cells = reading.slabs.cells(foreign.value);
    this.seen = reading.slabs.seen(foreign.value);
    this.at = foreign.value % slabLength;
  }

  pull(): void {
    // Read once, because it may grow meanwhile.
    const now = this.cells[this.at]!;
    const before = this.seen[this.at]!;
    // Not a number is only what something else has written there.
    if (now === before || Number.isNaN(now)) return;
    this.seen[this.at] = now;
    const into = this.into();
    if (into === undefined) this.lose();
    else (into.handle as Counter).add(now - before);
  }

  override end(removed: boolean): void {
    this.seen[this.at] = 0;
    super.end(removed);
  }
}

class HistogramContribution extends Contribution {
  readonly #extents: SeenExtent[] = [];
  readonly #splits: SeenSplits | undefined;
  #newest = 0;

  constructor(reading: Reading, foreign: Foreign) {
    super(reading, foreign);
    const { bounds } = foreign.known.metric;
    if (bounds !== undefined) this.#splits = new SeenSplits(bounds, reading.slabs, foreign.value);
  }

  pull(): void {
    this.#read();
    let changed = false;
    for (const one of this.#extents) {
      const at = one.firstChange();
      if (at < 0) continue;
      const into = this.into();
      // A touch, for those that expire.
      into?.handle.attach();
      if (into === undefined) this.lose();
      one.takeIn(into === undefined ? new LogLinearHistogram() : histogramOf(into.handle.series), at);
      changed = true;
    }
    if (changed) this.#takeSplits(false);
  }

  override end(removed: boolean): void {
    this.#takeSplits(true);
    for (const one of this.#extents) one.forget();
    this.#splits?.forget();
    super.end(removed);
  }

  #takeSplits(all: boolean): void {
    const series = this.target?.handle.series;
    const into = series?.ended === false ? (histogramOf(series) as SplitHistogram) : undefined;
    this.#splits?.takeIn(into?.splits, this.#extents, all);
  }

  /** Finds the extents that came since. */
  #read(): void {
    const { slabs } = this.reading;
    const { index } = this.foreign;
    const newest = Atomics.load(wordsAt(slabs.arena, index), wordOf(index) + record.extents);
    for (let next = newest; next !== this.#newest; ) {
      slabs.arena.check(next, cellsOf(extent.length));
      const words = wordsAt(slabs.arena, next);
      const at = wordOf(next);
      const length = words[at + extent.cells]!;
      slabs.arena.check(next, cellsOf(extent.length) + length);
      if (!isExtent(words[at + extent.key]!, length) || this.#extents.length >= mostExtents)
        throw new DamagedError();
      const from = (next % slabLength) + cellsOf(extent.length);
      const to = from + length;
      const [cells, seen] = [slabs.cells(next).subarray(from, to), slabs.seen(next).subarray(from, to)];
      this.#extents.push(new SeenExtent(words[at + extent.key]!, cells, seen));
      next = words[at + extent.previous]!;
    }
    this.#newest = newest;
  }
}

export class GaugeContribution extends Contribution {
  readonly #type: GaugeType;
  readonly #cells: Float64Array;
  /** As it was at the last pull; before, what every gauge begins with. */
  value: number | bigint | null;
  /** At which pull it was seen to change. */
  stamp = 0;

  constructor(reading: Reading, foreign: Foreign) {
    super(reading, foreign);
    this.#type = foreign.known.metric.type as GaugeType;
    this.value = this.#type.endsWith('64') ? 0n : 0;
    // Of just its cells, because 64-bit integers are read through another view of the same.
    const at = foreign.value % slabLength;
    this.#cells = reading.slabs.cells(foreign.value).subarray(at, at + gaugeCells(this.#type));
    this.target?.gauges.add(this);
  }

  pull(): void {
    const into = this.into();
    into?.gauges.add(this);
    const value = gaugeValue(this.#cells, 0, this.#type);
    if (value === this.value) return;
    this.value = value;
    this.stamp = this.reading.targets.pulls;
    // A touch, for those that expire.
    into?.handle.attach();
    if (into === undefined) this.lose();
  }

  override end(removed: boolean): void {
    const { target, value, stamp } = this;
    target?.gauges.delete(this);
    const left = !removed && target?.known.metric.merge === 'last' && value !== null;
    if (left && stamp > target.own.stamp) {
      (target.handle as unknown as Gauge<number | bigint>).set(value);
      target.own = { value, stamp };
    }
    super.end(removed);
  }
}

export class TextContribution extends Contribution {
  readonly #reader: TextReader;
  text: string | null = null;
  stamp = 0;

  constructor(reading: Reading, foreign: Foreign) {
    super(reading, foreign);
    this.#reader = new TextReader(reading.slabs.arena, foreign.value);
    this.target?.texts.add(this);
  }

  pull(): void {
    const into = this.into();
    into?.texts.add(this);
    const { text, stamp } = this.#reader.read();
    if (stamp === this.stamp) return;
    this.text = text;
    this.stamp = stamp;
    // A touch, for those that expire.
    into?.handle.attach();
    if (into === undefined) this.lose();
  }

  override end(removed: boolean): void {
    const { target, stamp } = this;
    const { stamps } = this.reading;
    target?.texts.delete(this);
    const cell = target?.handle.series.store as TextCell | undefined;
    if (cell !== undefined && !removed && isLater(stamp, stamps.of(cell)))
      stamps.keep(cell, this.text, stamp);
    super.end(removed);
  }
}

/** How many extents a histogram has at most: a decade each, of both signs, and zero. */
const mostExtents = 600;

/** How many cells a series' value takes: of a histogram its splits. */
function cellsOfValue({ kind, type, bounds }: Metric): number {
  if (kind === 'histogram') return bounds?.cells ?? 0;
  return kind === 'text' ? cellsOf(text.length) : gaugeCells(type);
}

/**
 * What a series adds, by the kind of its metric.
 * @throws DamagedError
 */
export function contribution(reading: Reading, foreign: Foreign): Contribution {
  const { metric } = foreign.known;
  // A histogram may have nothing but its extents.
  if (metric.kind !== 'histogram' || (metric.bounds !== undefined && foreign.value !== 0))
    reading.slabs.arena.check(foreign.value, cellsOfValue(metric));
  switch (foreign.known.metric.kind) {
    case 'counter':
      return new CounterContribution(reading, foreign);
    case 'gauge':
      return new GaugeContribution(reading, foreign);
    case 'text':
      return new TextContribution(reading, foreign);
    case 'histogram':
      return new HistogramContribution(reading, foreign);
  }
}
