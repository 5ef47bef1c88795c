import type { LogLinearHistogram } from '../histogram/index.js';
import { Callbacks } from './callbacks.js';
import { Cells } from './cells.js';
import type { Clock } from './clock.js';
import type { Metric } from './metric.js';
import { Series, type Store } from './series.js';
import type { Tag } from './tags.js';
import type { Tally } from './tally.js';

/** Told when a counter's or a histogram's series ends, while its last value still stands in its store. */
export interface EndListener {
  ended(series: Series, successor: Series): void;
}

/** What all handles of one recorder share: where numbers live, which series there are, and who must hear of ends. */
export class Registry {
  readonly cells: Cells = new Cells();
  readonly clock: Clock;
  readonly tally: Tally;
  readonly callbacks: Callbacks;
  /** False: handles are made that do nothing. */
  readonly enabled: boolean;
  /** When the recorder came to be, in milliseconds since 1970. */
  readonly start: number;
  /** The paths of all namespaces but the root, in the order of their creation. */
  readonly namespaces: (readonly string[])[] = [];
  /** Which series live, by metric, both in the order of their creation: one name's series stay together. */
  readonly metrics: Map<Metric, Series[]> = new Map();
  /** Lists of {@link metrics} that a capture looks at: one of these is copied before it changes. */
  readonly captured: Set<Series[]> = new Set();
  readonly #listeners = new Set<EndListener>();
  #nextId = 0;

  constructor(clock: Clock, tally: Tally, enabled: boolean) {
    this.clock = clock;
    this.tally = tally;
    this.enabled = enabled;
    this.callbacks = new Callbacks(tally);
    this.start = clock.now();
  }

  /** Takes a new series in; it is in snapshots from now on. */
  add(
    metric: Metric,
    store: Store,
    at: number,
    base: readonly Tag[],
    values: readonly string[] | undefined,
  ): Series {
    const series = new Series(metric, this.#nextId++, this.clock.now(), store, at, base, values);
    this.#siblings(metric).push(series);
    return series;
  }

  /**
   * Ends a counter's or a histogram's series and lets a new one take its place: what cursors have not delivered
   * stays owed, and whoever reads totals sees a new start. The caller zeroes the store afterwards.
   */
  restart(series: Series): Series {
    const siblings = this.#siblings(series.metric);
    const successor = series.successor(this.clock.now());
    siblings[siblings.indexOf(series)] = successor;
    for (const listener of this.#listeners) listener.ended(series, successor);
    return successor;
  }

  /** A metric's series, to be changed. */
  #siblings(metric: Metric): Series[] {
    let siblings = this.metrics.get(metric) ?? [];
    if (this.captured.delete(siblings)) siblings = siblings.slice();
    this.metrics.set(metric, siblings);
    return siblings;
  }

  /** Hears of every series' end until the returned function is called. */
  listen(listener: EndListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The histogram of a series whose kind is histogram. */
export function histogramOf(series: Series): LogLinearHistogram {
  return series.store as LogLinearHistogram;
}
