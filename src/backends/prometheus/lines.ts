import type { SampleValue } from '../../collect/sample.js';
import type { Capture } from '../../collect/snapshot.js';
import type { Series } from '../../record/series.js';
import { countBuckets, type Schedule } from './buckets.js';
import type { LeaveOut } from './encode.js';
import type { Shape } from './heads.js';
import type { Kept } from './kept.js';
import { labelValue } from './names.js';
import type { Output } from './output.js';
import { Pieces, WORD } from './pieces.js';
import type { Block } from './plan.js';

/**
 * What things cost, in units of some 20 ns: how much is done before whoever runs the encoder is asked whether to go
 * on is measured in them, because a clock that is asked for every series takes as long as the series.
 */
export const costs = {
  look: 1,
  line: 3,
  enter: 10,
  buckets: 40,
  summary: 200,
  make: 150,
  turn: 2_000,
} as const;

/** Writes the lines of series from the copy of their cells. */
export class Lines {
  // Not `#` fields where every line is written: V8 takes about twice as long to reach those.
  private readonly capture: Capture;
  private readonly kept: Kept;
  private readonly shape: Shape;
  private readonly output: Output;
  private readonly leaveOut: LeaveOut;
  private readonly openMetrics: boolean;
  /** What has been done since it was set to 0, in units of {@link costs}. */
  work = 0;

  constructor(capture: Capture, kept: Kept, shape: Shape, output: Output, leaveOut: LeaveOut) {
    this.capture = capture;
    this.kept = kept;
    this.shape = shape;
    this.output = output;
    this.leaveOut = leaveOut;
    this.openMetrics = shape.format === 'openmetrics';
  }

  /**
   * Writes series of one metric until it is time to do something else.
   * @returns the index of the first that was not written
   */
  write(block: Block, list: readonly (Series | undefined)[], from: number): number {
    const { type } = block;
    const { output } = this;
    let at = from;
    while (at < list.length && this.work < costs.turn && !output.full) {
      const series = list[at++];
      this.work += costs.look;
      if (series === undefined) continue;
      this.work += costs.line;
      if (type === 'counter') this.number(block, series, this.capture.count(series));
      else if (type === 'histogram') this.buckets(block, series);
      else if (type === 'summary') this.summary(block, series);
      else this.value(block, series, this.capture.value(series));
    }
    return at;
  }

  private number(block: Block, series: Series, value: number): void {
    const place = this.begin(block, series, undefined);
    if (place === 0) return;
    const { writer } = this.output;
    writer.piece(this.kept.block(place), Pieces.offset(place) + WORD);
    writer.valueLine(value);
    if (this.openMetrics && block.type === 'counter') this.start(block, series);
  }

  private value(block: Block, series: Series, value: SampleValue): void {
    if (typeof value === 'number') {
      this.number(block, series, value);
    } else if (value === null) {
      this.leaveOut('no_value', series);
    } else {
      const place = this.begin(block, series, undefined);
      if (place === 0) return;
      const { writer } = this.output;
      writer.piece(this.kept.block(place), Pieces.offset(place) + WORD);
      writer.text(typeof value === 'string' ? `${labelValue(value)}"} 1\n` : `${value}\n`);
    }
  }

  private buckets(block: Block, series: Series): void {
    const schedule = this.shape.scheduleFor(series);
    const place = this.begin(block, series, schedule);
    if (place === 0) return;
    const { writer } = this.output;
    const heads = this.kept.block(place);
    const { counts } = schedule;
    const sum = countBuckets(this.capture, series, schedule);
    this.work += costs.buckets;
    let at = Pieces.offset(place) + WORD;
    for (let i = 0; i < counts.length; i++) {
      at = writer.piece(heads, at);
      writer.valueLine(counts[i]!);
    }
    this.totals(block, series, heads, at, sum, counts[counts.length - 1]!, !schedule.negative);
  }

  private summary(block: Block, series: Series): void {
    const place = this.begin(block, series, undefined);
    if (place === 0) return;
    const { writer } = this.output;
    const heads = this.kept.block(place);
    const histogram = this.capture.histogram(series);
    this.work += costs.summary;
    let at = Pieces.offset(place) + WORD;
    for (const value of histogram.quantile(this.shape.quantiles ?? [])) {
      // OpenMetrics has no negative quantiles.
      if (this.openMetrics && value < 0) {
        at = Pieces.next(heads, at);
      } else {
        at = writer.piece(heads, at);
        writer.valueLine(value);
      }
    }
    const sum = histogram.recordedSum ?? histogram.sum();
    this.totals(block, series, heads, at, sum, histogram.count, true);
  }

  /**
   * The lines of a histogram's sum and count, whose heads are at `at`, and of its start. OpenMetrics lets sums only
   * grow: where they may not, there is neither sum nor count, of which it wants both or none.
   */
  private totals(
    block: Block,
    series: Series,
    heads: DataView,
    at: number,
    sum: number,
    count: number,
    growing: boolean,
  ): void {
    const { writer } = this.output;
    if (!this.openMetrics || (growing && sum >= 0)) {
      const next = writer.piece(heads, at);
      writer.valueLine(sum);
      writer.piece(heads, next);
      writer.valueLine(count);
    }
    if (this.openMetrics) this.start(block, series);
  }

  private start(block: Block, series: Series): void {
    const place = this.kept.start(series, block);
    this.output.writer.piece(this.kept.block(place), Pieces.offset(place) + WORD);
  }

  /** The place of a series' heads, made if need be; 0 if its family has a series of these labels already. */
  private begin(block: Block, series: Series, schedule: Schedule | undefined): number {
    const { kept, output } = this;
    let place = kept.find(series, schedule);
    if (place === 0) {
      place = kept.make(series, block, schedule, this.shape.quantiles);
      this.work += costs.make;
    }
    if (output.taken?.take(kept.labels(series), true)) {
      this.leaveOut('collision', series);
      return 0;
    }
    output.begin();
    return place;
  }
}
