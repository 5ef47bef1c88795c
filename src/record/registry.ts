import { LogLinearHistogram } from '../histogram/index.js';
import { Callbacks } from './callbacks.js';
import { type CellStore, Cells } from './cells.js';
import { type Clock, ClockSteps } from './clock.js';
import { disabledHandle } from './disabled.js';
import type { Family } from './family.js';
import { gaugeCells } from './gauge.js';
import type { Handle } from './handle.js';
import { newStore } from './make.js';
import type { InstrumentName, Metric } from './metric.js';
import { type Origin, Series, type Store } from './series.js';
import { Stack } from './stack.js';
import { Successors } from './successors.js';
import { sameTags, type Tag } from './tags.js';
import type { Tally } from './tally.js';

/** The series of one metric, by slot; `undefined` where there is none now. */
export type SeriesList = (Series | undefined)[];

/** Told when a series ends, while its last value still stands in its store. */
export interface EndListener {
  /** @param successor what took its place, after a `clear`; nothing did when it expired or was removed */
  ended(series: Series, successor?: Series): void;
}

/** What a sweep did since it stopped last. */
export interface Swept {
  /** How much work that was. */
  readonly work: number;
  /** Whether it came upon any series. */
  readonly some: boolean;
}

/** Ends those of its series that have been idle for too long. */
export interface Expiring {
  /** Looks at each of them once; stops after each {@link workInTurn}. */
  sweep(): Generator<void, Swept>;
  /** Says that a sweep was not gone through with, so that the rest is to be looked at soon. */
  hurry(): void;
}

/** Series that have ended together, and how many of them were seen to. */
interface Ended {
  readonly series: SeriesList;
  done: number;
}

/** How much work is done at once where nobody can wait: some milliseconds. To look at a series is 1. */
const workAtOnce = 32_768;
/** How much work is done before the event loop can have its turn: a fraction of a millisecond. */
export const workInTurn = 4096;
/** How much work it is to end a series. */
export const workOfEnd = 32;

/** What of a metric changes: its series. */
export interface Extension {
  /** The tags that all its series have. */
  readonly tags: readonly Tag[];
  /** How many series there are, a family's overflow aside. */
  readonly series: number;
  /** How many there may be. */
  readonly maxSeries: number;
  /** How often a family's `with` led to its series `overflow=true`, by the tag that caused it. */
  readonly overflowed: Readonly<Record<string, number>>;
}

/** A metric's handle, or its family of handles. */
export type Instrument = Handle | Family<unknown>;

/** What was registered. */
export interface Registered {
  readonly made: Instrument;
  /** What there is to say of it now. */
  readonly extension: () => Extension;
  /** The host's function that gives its value, and how to stop calling it. */
  observed?: { readonly by: unknown; readonly stop: () => void };
}

/** What other threads have recorded, in the thread that reads it. `circmetrics/node` has the only one that there is. */
export interface Threads {
  /** Gauges and texts that threads have in common, as they are since the last {@link pull}; others are not here. */
  readonly merged: ReadonlyMap<Series, number | bigint | string | null>;
  /** Brings in what threads have recorded. To be called before series are read. */
  pull(): void;
  /**
   * What was made for a thread's metric, if the host registers the same now.
   * @throws MetricsError `name_clash`: a thread's metric has the name, the tags, and other options
   */
  adopt(metric: Metric, inherited: () => readonly Tag[]): Instrument | undefined;
  /** Whether a thread has a handle's series, so that only the thread may let it expire. */
  holds(handle: Handle): boolean;
  /** Unregisters what threads have under a name. @returns whether they had something */
  unregister(path: readonly string[], name: string): boolean;
}

/** What all handles of one recorder share: where numbers live, which series there are, and who must hear of ends. */
export class Registry {
  readonly cells: CellStore = new Cells();
  readonly clock: Clock;
  /** When the wall clock was set. */
  readonly steps: ClockSteps;
  readonly tally: Tally;
  readonly callbacks: Callbacks;
  /** False: handles are made that do nothing. */
  readonly enabled: boolean;
  /** How many series there may be. */
  readonly maxSeries: number;
  /** When the recorder came to be, in milliseconds since 1970. */
  readonly start: number;
  /** The paths of all namespaces but the root, in the order of their creation. */
  readonly namespaces: (readonly string[])[] = [];
  /** Which series live, by metric in the order of their creation, and by slot: a family's list may have holes. */
  readonly metrics: Map<Metric, SeriesList> = new Map();
  /** Lists of {@link metrics} that no capture looks at, since they are younger. All others are copied before they change. */
  readonly fresh: Set<SeriesList> = new Set();
  /** Those of {@link metrics} whose values are not in cells alone. */
  readonly apart: Map<Metric, SeriesList> = new Map();
  /** What was registered, in the order of registration. */
  readonly instruments: Map<Metric, Registered> = new Map();
  /** The families whose series expire. */
  readonly expiring: Set<Expiring> = new Set();
  /** How many series live. */
  size = 0;
  /** Where other threads record into this registry. */
  threads: Threads | undefined;
  readonly #listeners = new Set<EndListener>();
  readonly #successors = new Successors();
  readonly #freeIds = new Stack<number>();
  /** What ended together and was not seen to yet. */
  readonly #endings: Ended[] = [];
  #endingTimer: ReturnType<typeof setTimeout> | undefined;
  /** What was told of each metric. */
  readonly #told = new WeakMap<Metric, Set<string>>();
  readonly #inert = new Map<InstrumentName, Handle>();
  #nextId = 0;
  #moment = 0;
  #nowhere: LogLinearHistogram | undefined;

  constructor(clock: Clock, tally: Tally, enabled: boolean, maxSeries: number) {
    this.clock = clock;
    this.steps = new ClockSteps(clock);
    this.tally = tally;
    this.enabled = enabled;
    this.maxSeries = maxSeries;
    this.callbacks = new Callbacks(tally);
    this.start = clock.now();
  }

  /** Makes a new series; it is in snapshots from now on. */
  add(origin: Origin, slot: number): Series {
    const { metric } = origin;
    const [store, at] = this.store(metric);
    const id = this.#freeIds.pop() ?? this.#nextId++;
    const series = new Series(origin, slot, id, this.moment(), this.#age(), store, at);
    this.#put(metric, slot, series);
    this.size++;
    return series;
  }

  /** A zeroed store for a new series, and where in it the series begins. */
  store(metric: Metric): [Store, number] {
    return newStore(metric, this.cells);
  }

  /** Ends a series for good. Cursors keep what they have not delivered; the cells are for others from now on. */
  end(series: Series): void {
    const { ended } = series;
    if (!ended) {
      this.#put(series.metric, series.slot);
      this.size--;
    }
    this.#tell(series);
    const { store, at, metric, id } = series;
    if (store instanceof Float64Array) this.cells.release(store, at, gaugeCells(metric.type));
    else if (store instanceof LogLinearHistogram)
      for (const cells of store.cells()) this.cells.release(cells, 0, cells.length);
    this.#freeIds.push(id);
  }

  /**
   * Takes all series of a metric away at once: none has cells any more, nor is seen from now on. Each of very many is
   * ended some time later, since what there is to do for it takes a thousand times as long.
   * @param living how many there are
   */
  endAll(metric: Metric, living: number): void {
    const series = this.metrics.get(metric);
    if (series === undefined || living === 0) return;
    this.#list(metric, []);
    this.size -= living;
    this.#endings.push({ series, done: 0 });
    this.#endSome(workAtOnce / 4);
    this.#endingTimer ??= this.#endLater();
  }

  /** Ends what {@link endAll} took away, all of it. */
  endRest(): void {
    while (this.#endings.length > 0) this.#endSome(workAtOnce);
  }

  #endSome(work: number): void {
    const [ending] = this.#endings;
    if (ending === undefined) return;
    const { series } = ending;
    let left = work;
    for (; left > 0 && ending.done < series.length; left--) {
      const one = series[ending.done++];
      if (one === undefined || one.settled) continue;
      this.end(one);
      left -= workOfEnd;
    }
    if (ending.done >= series.length) this.#endings.splice(this.#endings.indexOf(ending), 1);
  }

  /** There is a timer only while there is something to end, and it keeps no process alive. */
  #endLater(): ReturnType<typeof setTimeout> | undefined {
    if (this.#endings.length === 0) return undefined;
    const timer = setTimeout(() => {
      this.#endSome(workInTurn);
      this.#endingTimer = this.#endLater();
    });
    (timer as { unref?(): void }).unref?.();
    return timer;
  }

  /**
   * Ends a counter's or a histogram's series and lets a new one take its place: what cursors have not delivered
   * stays owed, and whoever reads totals sees a new start. The caller zeroes the store afterwards.
   */
  restart(series: Series): Series {
    return this.succeed(series, series.store, series.at);
  }

  /** {@link restart} with a store for the new series. */
  protected succeed(series: Series, store: Store, at: number): Series {
    const successor = series.successor(this.moment(), this.#age(), store, at);
    this.#put(series.metric, series.slot, successor);
    this.#tell(series, successor);
    return successor;
  }

  #tell(series: Series, successor?: Series): void {
    series.end(this.moment());
    for (const listener of this.#listeners) listener.ended(series, successor);
  }

  /** Notes that a metric has a handle, or a family of them. */
  register(metric: Metric, registered: Registered): void {
    this.instruments.set(metric, registered);
    this.#successors.register(metric);
  }

  /** Ends a metric and all its series. What cursors have not delivered of them stays owed, as of others that ended. */
  unregister(made: Instrument): void {
    const metric = 'series' in made ? made.series.metric : made.metric;
    this.instruments.get(metric)?.observed?.stop();
    if (!this.instruments.delete(metric)) return;
    if (!('series' in made)) {
      made.unregister();
    } else if (!made.series.ended) {
      made.detach();
      this.end(made.series);
    }
    this.metrics.delete(metric);
    this.apart.delete(metric);
    this.#successors.unregister(metric);
  }

  /** Counts what was recorded into a metric that was unregistered. @returns a handle that takes it, and does nothing */
  unregistered(metric: Metric): Handle {
    this.tally.refuse('unregistered');
    this.tellOnce(
      metric,
      'unregistered',
      (label) =>
        `${label} was unregistered, and something still records into it, which is nowhere: take a new handle.`,
    );
    const inert = this.#inert.get(metric.instrument) ?? disabledHandle(metric, this);
    this.#inert.set(metric.instrument, inert);
    return inert;
  }

  /**
   * The series that has the name, the options and the tags now of one whose metric was unregistered; `undefined` where
   * there is none.
   */
  heir(series: Series): Series | undefined {
    const made = this.again(series.metric);
    if (made === undefined) return undefined;
    const heir = 'series' in made ? made.series : made.heir(series);
    return heir !== undefined && sameTags(heir.tags, series.tags) ? heir : undefined;
  }

  /** What was made for the same metric when it was registered again after it was unregistered. */
  again(metric: Metric): Instrument | undefined {
    const now = this.successor(metric);
    if (now === metric || metric.difference(now) !== undefined) return undefined;
    return this.instruments.get(now)?.made;
  }

  /** The last metric that had, or has, the name of one that was unregistered: itself where none came after it. */
  successor(metric: Metric): Metric {
    return this.#successors.of(metric);
  }

  /**
   * Tells the host something of a metric, unless it was told the same of it.
   * @param what gives the sentence, of what the metric is called
   */
  tellOnce(metric: Metric, topic: string, what: (label: string) => string): void {
    const topics = this.#told.get(metric) ?? new Set();
    if (topics.has(topic)) return;
    this.#told.set(metric, topics.add(topic));
    this.tally.warn(what(metric.label));
  }

  /** A number that grows, by which it is known later what came before what. */
  moment(): number {
    return ++this.#moment;
  }

  #age(): number {
    return this.steps.stamp(this.#moment) - this.start;
  }

  #put(metric: Metric, slot: number, series?: Series): void {
    let siblings = this.metrics.get(metric) ?? [];
    if (!this.fresh.has(siblings)) {
      siblings = siblings.slice();
      this.#list(metric, siblings);
    }
    siblings[slot] = series;
  }

  #list(metric: Metric, siblings: SeriesList): void {
    this.fresh.add(siblings);
    this.metrics.set(metric, siblings);
    if (metric.kind === 'text' || metric.kind === 'histogram') this.apart.set(metric, siblings);
  }

  /**
   * Brings in what threads have, and ends what has been idle for too long, or as much of it as takes some milliseconds;
   * the rest is ended soon. To be called before series are read where nobody can wait.
   */
  sweep(): void {
    this.threads?.pull();
    let left = workAtOnce;
    for (const family of [...this.expiring]) {
      for (const sweep = family.sweep(); ; left -= workInTurn) {
        if (left <= 0) {
          family.hurry();
          break;
        }
        const { done, value } = sweep.next();
        if (!done) continue;
        left -= value.work;
        break;
      }
    }
  }

  /** The same in pieces, and all of it; what {@link endAll} took away is ended as well. */
  *sweeping(): Generator<void, void> {
    this.threads?.pull();
    while (this.#endings.length > 0) {
      this.#endSome(workInTurn);
      yield;
    }
    for (const family of [...this.expiring]) yield* family.sweep();
  }

  /** Hears of every series' end until the returned function is called. */
  listen(listener: EndListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A histogram that takes nothing: where handles point that have no series. */
  get nowhere(): LogLinearHistogram {
    this.#nowhere ??= Object.assign(new LogLinearHistogram(), { add: () => 0 });
    return this.#nowhere;
  }
}
