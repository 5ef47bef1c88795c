import type { Snapshot } from '../../collect/snapshot.js';
import { type Bounds, edgesOf } from '../../histogram/index.js';
import type { Series } from '../../record/series.js';
import { defaultBounds, type Schedule, scheduleOf } from './buckets.js';
import type { Format, Metric } from './family.js';
import type { Shape } from './heads.js';
import { Kept } from './kept.js';
import { costs, Lines } from './lines.js';
import { Output } from './output.js';
import { type Block, type List, Plan } from './plan.js';

/** How one render is to be written. */
export interface Rendering {
  readonly format: Format;
  /** Only families that have one of these names, as their own or one of their samples'; all if there are none. */
  readonly names: readonly string[];
  /** Upper bounds of the buckets of metrics that have none of their own; those usual for the unit if not given. */
  readonly bounds: readonly number[] | undefined;
}

/** Called for each series that is left out; `reason` is one stable word. */
export type LeaveOut = (reason: LeftOut, series: Series) => void;

/** Why a series is not in a render: it has no value now; another one has its name and labels; the host wants it so. */
export type LeftOut = 'no_value' | 'collision' | 'suppressed';

/** Writes snapshots of one recorder as text, and keeps what does not change from one to the next. */
export class TextEncoding {
  readonly #quantiles: readonly number[] | undefined;
  #plan: Plan;
  private readonly kept = new Kept();
  /** By their bounds: those that metrics have declared, and others, for timers and for histograms. */
  readonly #declared = new WeakMap<readonly number[], Schedule>();
  readonly #timers = new WeakMap<readonly number[], Schedule>();
  readonly #histograms = new WeakMap<readonly number[], Schedule>();
  #lastSchedule = 0;
  readonly #usual = new Map<Series['unit'], readonly number[]>();

  /** @param quantiles to write as summaries in place of buckets */
  constructor(quantiles: readonly number[] | undefined) {
    this.#quantiles = quantiles;
    this.#plan = new Plan(quantiles !== undefined);
  }

  /** The text in pieces, some of them empty: between two of them whoever iterates may do something else. */
  *pieces(snapshot: Snapshot, { format, names, bounds }: Rendering, leaveOut: LeaveOut): Generator<string> {
    const { capture } = snapshot;
    if (capture === undefined) throw new TypeError('Only totals can be scraped.');
    this.kept.clearUp();
    const scheduleFor = ({ metric }: Series): Schedule =>
      metric.buckets === undefined
        ? this.#usualSchedule(metric, bounds ?? this.#usualBounds(metric.unit))
        : this.#declaredSchedule(metric, metric.buckets);
    const shape: Shape = { format, quantiles: this.#quantiles, scheduleFor };
    const plan = yield* this.#planFor(snapshot, shape);
    const output = new Output(plan, format, names.length === 0 ? undefined : new Set(names));
    const lines = new Lines(capture, this.kept, shape, output, leaveOut);
    let at = -1;
    for (const list of snapshot.series) {
      let block: Block | undefined;
      let next = list.length;
      // Mostly so, and then its series need not be looked at to know their metric.
      if (plan.hasSeen(at + 1, list) || metricOf(list) !== undefined) block = plan.block(++at);
      if (block === undefined) {
        for (const series of list)
          if (series) leaveOut(series.taggedName === false ? 'suppressed' : 'collision', series);
      } else {
        lines.work += plan.header(block, format) === 0 ? costs.make : costs.enter;
        if (output.enter(block)) next = 0;
      }
      // Asked for each list as well, because there may be as many as series.
      for (;;) {
        if (lines.work >= costs.turn || output.full) {
          yield output.full ? output.take() : '';
          lines.work = 0;
        }
        if (block === undefined || next >= list.length) break;
        next = lines.write(block, list, next);
      }
    }
    yield output.take();
    yield* output.rest();
    if (format === 'openmetrics') yield '# EOF\n';
  }

  /** Looks at all series once before anything is written, because a family has to be written in one piece. */
  *#planFor(snapshot: Snapshot, shape: Shape): Generator<string, Plan> {
    let plan = this.#plan;
    let at = -1;
    let work = 0;
    for (const list of snapshot.series) {
      work += costs.look;
      if (work >= costs.turn) {
        yield '';
        work = 0;
      }
      // Mostly it is the one of the render before.
      if (plan.hasSeen(at + 1, list)) {
        at++;
        continue;
      }
      const metric = metricOf(list);
      if (metric === undefined) continue;
      at++;
      if (!plan.accepts(at, metric)) {
        plan = yield* this.#replan(plan, at);
        this.#plan = plan;
      }
      plan.add(at, metric);
      work += costs.make;
      const block = plan.block(at);
      for (const series of list) {
        if (series === undefined || block === undefined) continue;
        const schedule = block.type === 'histogram' ? shape.scheduleFor(series) : undefined;
        let place = this.kept.find(series, schedule);
        if (place === 0) {
          place = this.kept.make(series, block, schedule, shape.quantiles);
          work += costs.make;
        }
        if (this.kept.ambiguous(place)) block.ambiguous = true;
        work += costs.look;
        if (work >= costs.turn) {
          yield '';
          work = 0;
        }
      }
      plan.saw(at, list);
    }
    return plan;
  }

  /** A plan that begins as another one does. */
  *#replan(old: Plan, length: number): Generator<string, Plan> {
    const plan = new Plan(this.#quantiles !== undefined);
    let work = 0;
    for (let at = 0; at < length; at++) {
      plan.adopt(at, old);
      work += costs.make;
      if (work >= costs.turn) {
        yield '';
        work = 0;
      }
    }
    return plan;
  }

  #declaredSchedule({ bounds }: Metric, buckets: readonly number[]): Schedule {
    let schedule = this.#declared.get(buckets);
    if (schedule === undefined) {
      schedule = scheduleOf(++this.#lastSchedule, bounds as Bounds, bounds);
      this.#declared.set(buckets, schedule);
    }
    return schedule;
  }

  /** Of bins. Time is continuous, so that nothing of it is just at a bound; of what histograms have much may be. */
  #usualSchedule({ instrument }: Metric, bounds: readonly number[]): Schedule {
    const timer = instrument === 'timer';
    const schedules = timer ? this.#timers : this.#histograms;
    let schedule = schedules.get(bounds);
    if (schedule === undefined) {
      schedule = scheduleOf(++this.#lastSchedule, edgesOf(bounds, !timer));
      schedules.set(bounds, schedule);
    }
    return schedule;
  }

  #usualBounds(unit: Series['unit']): readonly number[] {
    const bounds = this.#usual.get(unit) ?? defaultBounds(unit);
    this.#usual.set(unit, bounds);
    return bounds;
  }
}

/** The metric of a list's series; `undefined` where there are none, or where it is not to be seen. */
function metricOf(list: List): Metric | undefined {
  const metric = (list[0] ?? list.find((series) => series !== undefined))?.metric;
  return metric?.taggedName === false ? undefined : metric;
}
