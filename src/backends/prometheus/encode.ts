import type { Snapshot } from '../../collect/snapshot.js';
import type { Series } from '../../record/series.js';
import { defaultBounds, type Schedule, scheduleOf } from './buckets.js';
import type { Family, Format } from './family.js';
import { type Kept, keep, linesOf, type Shape } from './lines.js';
import { Output } from './output.js';
import { type Block, Plan } from './plan.js';

/** How one render is to be written. */
export interface Rendering {
  readonly format: Format;
  /** Only families that have one of these names, as their own or one of their samples'; all if there are none. */
  readonly names: readonly string[];
  /** Upper bounds of the buckets of metrics that have none of their own; those usual for the unit if not given. */
  readonly bounds: readonly number[] | undefined;
}

/** Called for each series that is left out; `reason` is one stable word. */
export type LeaveOut = (reason: LeftOut) => void;

/** Why a series is not in a render: it has no value now; another one has its name and labels; the host wants it so. */
export type LeftOut = 'no_value' | 'collision' | 'suppressed';

/** Whoever runs the encoder is asked at least so often whether to go on: series, and characters of text. */
const seriesAtOnce = 256;
const textAtOnce = 8_192;

/** Writes snapshots of one recorder as text, and keeps what does not change from one to the next. */
export class TextEncoding {
  readonly #quantiles: readonly number[] | undefined;
  #plan: Plan;
  /** By the series' small id, which is faster than by the series; checked, because ids are used again. */
  // Not a `#` field: V8 takes about twice as long to reach those.
  private readonly kept: (Kept | undefined)[] = [];
  readonly #schedules = new WeakMap<readonly number[], Schedule>();
  readonly #usual = new Map<Series['unit'], readonly number[]>();

  /** @param quantiles to write as summaries in place of buckets */
  constructor(quantiles: readonly number[] | undefined) {
    this.#quantiles = quantiles;
    this.#plan = new Plan(quantiles !== undefined);
  }

  /** The text in pieces, some of them empty: between two of them whoever iterates may do something else. */
  *pieces(snapshot: Snapshot, { format, names, bounds }: Rendering, leaveOut: LeaveOut): Generator<string> {
    const plan = yield* this.#planFor(snapshot);
    const wanted = names.length === 0 ? undefined : new Set(names);
    const scheduleFor = ({ metric: { buckets, unit } }: Series): Schedule =>
      this.#schedule(buckets ?? bounds ?? this.#usualBounds(unit));
    const shape: Shape = { format, quantiles: this.#quantiles, scheduleFor };
    const output = new Output(format, wanted);
    let metric: Series['metric'] | undefined;
    let block: Block | undefined;
    let at = -1;
    let since = 0;
    for (const sample of snapshot) {
      const { series } = sample;
      if (series.metric !== metric) {
        metric = series.metric;
        block = metric.taggedName === false ? undefined : plan.block(++at);
        output.enter(block);
      }
      if (block === undefined) {
        leaveOut(metric.taggedName === false ? 'suppressed' : 'collision');
      } else if (output.wanted) {
        const kept = this.keep(series, block.family);
        const lines = linesOf(sample.value, kept, block.family, shape);
        if (lines === undefined) leaveOut('no_value');
        else if (!output.write(kept, lines)) leaveOut('collision');
      }
      if (++since === seriesAtOnce || output.length >= textAtOnce) {
        yield output.take();
        since = 0;
      }
    }
    yield output.take();
    yield* output.rest();
    if (format === 'openmetrics') yield '# EOF\n';
  }

  /** Looks at all series once before anything is written, because a family has to be written in one piece. */
  *#planFor(snapshot: Snapshot): Generator<string, Plan> {
    let plan = this.#plan;
    let at = -1;
    let since = 0;
    for (const list of snapshot.series) {
      const metric = list.find((series) => series !== undefined)?.metric;
      if (metric === undefined || metric.taggedName === false) continue;
      at++;
      if (!plan.accepts(at, metric)) {
        plan = yield* this.#replan(plan, at);
        this.#plan = plan;
      }
      plan.add(at, metric);
      const block = plan.block(at);
      for (const series of list) {
        if (series === undefined) continue;
        if (block !== undefined && this.keep(series, block.family).ambiguous) block.ambiguous = true;
        if (++since === seriesAtOnce) {
          yield '';
          since = 0;
        }
      }
    }
    return plan;
  }

  /** A plan that begins as another one does. */
  *#replan(old: Plan, length: number): Generator<string, Plan> {
    const plan = new Plan(this.#quantiles !== undefined);
    for (const [at, metric] of old.metrics().slice(0, length).entries()) {
      plan.add(at, metric);
      if (at % seriesAtOnce === 0) yield '';
    }
    return plan;
  }

  private keep(series: Series, family: Family): Kept {
    const there = this.kept[series.id];
    if (there !== undefined && there.series === series) return there;
    const made = keep(series, family);
    this.kept[series.id] = made;
    return made;
  }

  #schedule(bounds: readonly number[]): Schedule {
    let schedule = this.#schedules.get(bounds);
    if (schedule === undefined) {
      schedule = scheduleOf(bounds);
      this.#schedules.set(bounds, schedule);
    }
    return schedule;
  }

  #usualBounds(unit: Series['unit']): readonly number[] {
    const bounds = this.#usual.get(unit) ?? defaultBounds(unit);
    this.#usual.set(unit, bounds);
    return bounds;
  }
}
