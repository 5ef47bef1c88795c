import { ask, delayOf, must, optionsOf } from './checks.js';
import { Cursor } from './collect/cursor.js';
import { Capture, type Snapshot } from './collect/snapshot.js';
import { MetricsError } from './errors.js';
import type { Backend } from './flush/backend.js';
import { type CloseOptions, Flusher } from './flush/flusher.js';
import { type FlushOptions, flushSettings } from './flush/options.js';
import type { FlushSource } from './flush/pass.js';
import type { FlusherStatus, FlushReport } from './flush/status.js';
import { reportOwn } from './own.js';
import { type Clock, clockOf } from './record/clock.js';
import { describe, type MetricDescription } from './record/describe.js';
import { Namespace } from './record/namespace.js';
import { atLeastOne } from './record/options.js';
import { Registry } from './record/registry.js';
import type { TagOptions } from './record/tags.js';
import { type OnWarning, type RefusalReason, Tally } from './record/tally.js';
import { inTurns } from './turns.js';

/** Options of {@link Recorder}. */
export interface RecorderOptions {
  /** Tags that every series gets. */
  readonly tags?: TagOptions;
  /**
   * Where time comes from; the system's clock unless given. What is missing of it is the system's, and so is what throws
   * or gives no finite number, from then on.
   */
  readonly clock?: Partial<Clock>;
  /** False: every handle does nothing, no series exists, nothing is sent. For libraries that may go unobserved. */
  readonly enabled?: boolean;
  /** True: what the library says of itself is in snapshots as well, under the namespace `circmetrics`. */
  readonly ownMetrics?: boolean;
  /** How many series there may be at most, 1 or more; 100,000 unless given. Families' overflows are not counted. */
  readonly maxSeries?: number;
  /** Told once for each cause; `process.emitWarning` or `console.warn` unless given. */
  readonly onWarning?: OnWarning;
}

/** What a recorder says of itself. */
export interface RecorderStatus {
  /** How many series there are. */
  readonly series: number;
  /** What could not be recorded, by reason. */
  readonly refused: Readonly<Record<RefusalReason, number>>;
  /** How each flusher is. */
  readonly flushers: readonly FlusherStatus[];
}

/** How a registry is made. */
type RegistryKind = new (...made: ConstructorParameters<typeof Registry>) => Registry;

/** How long `collect` waits for asynchronous callbacks unless told, in milliseconds. */
const collectTimeout = 1000;

/**
 * Where a service's numbers live: the root of the hierarchy of namespaces, read by any number of consumers that take
 * nothing from each other. A service has one, or one for each part that is to be kept apart.
 */
export class Recorder extends Namespace {
  readonly #flushers = new Set<Flusher>();
  #ended = false;

  /**
   * @internal What those copies of the class have alike that can work on each other's registry: programs end up with two
   * copies of a package. The number changes with the registry.
   */
  static get brand(): symbol {
    return Symbol.for('circmetrics.recorder.1');
  }

  /** @throws MetricsError `invalid_tag`, `invalid_option` */
  constructor(options?: RecorderOptions);
  /** @internal With a registry of another kind. */
  constructor(options?: RecorderOptions, kind?: RegistryKind);
  constructor(options: RecorderOptions = {}, kind: RegistryKind = Registry) {
    optionsOf('Recorder', options, ['tags', 'clock', 'enabled', 'maxSeries', 'ownMetrics', 'onWarning']);
    const { onWarning } = options;
    must(onWarning === undefined || typeof onWarning === 'function', 'onWarning', 'a function', onWarning);
    const tally = new Tally(onWarning);
    const clock = clockOf(options.clock, tally);
    const maxSeries = atLeastOne('maxSeries', options.maxSeries) ?? 100_000;
    const registry = new kind(clock, tally, options.enabled ?? true, maxSeries);
    super(registry, undefined, [], options.tags);
    if (options.ownMetrics === true) {
      reportOwn(this.namespace('circmetrics'), () => ({
        series: registry.size,
        refused: registry.tally.counts(),
        flushers: this.#flushers,
      }));
    }
  }

  /**
   * All totals now, after the synchronous callbacks; what asynchronous ones give is in a later snapshot. Copies all
   * values before it returns: some milliseconds for a million counters, a tenth of a second or more for 100,000
   * histograms. {@link collect} lets the event loop go on meanwhile.
   */
  snapshot(): Snapshot {
    return this.#now(true).cumulative();
  }

  /**
   * All totals, after all callbacks; `timeout` says how long to wait for asynchronous ones, in milliseconds, and is
   * 1000 unless given. Never rejects. Holds the event loop for some milliseconds at most: what is more than 16 MiB is
   * copied in pieces, each series as it is somewhere between the call and the answer.
   */
  async collect(options?: { readonly timeout?: number }): Promise<Snapshot> {
    const timeout = delayOf(ask(() => options?.timeout)) ?? collectTimeout;
    return (await this.#later(timeout)).cumulative();
  }

  /** A reader of what it has not been told yet, independent of all others. Close it when it is no longer read. */
  cursor(): Cursor {
    const { registry } = this;
    return new Cursor(registry, () => {
      registry.endRest();
      return this.#now(true);
    });
  }

  /**
   * Sends to a backend, periodically, until it is closed.
   * @throws MetricsError `invalid_option`; `closed` after `close`
   */
  flushTo(backend: Backend, options: FlushOptions): Flusher {
    const settings = flushSettings(backend, options);
    if (this.#ended) {
      throw new MetricsError('closed', 'The recorder was closed; make a new one to flush from.');
    }
    for (const other of this.#flushers) if (other.closed) this.#flushers.delete(other);
    const flusher = new Flusher(this.#source(), backend, settings);
    this.#flushers.add(flusher);
    return flusher;
  }

  /** Every metric, in the order of registration: what documentation of a service's metrics can be made from. */
  describe(): MetricDescription[] {
    return describe(this.registry);
  }

  /** What could not be recorded, and how the flushers are. */
  status(): RecorderStatus {
    return {
      series: this.registry.size,
      refused: this.registry.tally.counts(),
      flushers: [...this.#flushers].map((flusher) => flusher.status()),
    };
  }

  /** Makes a pass of every flusher now, as `flusher.flush()` does, and gives their reports. Never rejects. */
  flush(): Promise<FlushReport[]> {
    return Promise.all([...this.#flushers].map((flusher) => flusher.flush()));
  }

  /**
   * Closes all flushers, each after a last pass. Handles go on working. A second call joins the first. Never rejects;
   * what did not make it is in the flushers' `close` and `status`.
   */
  close(options?: CloseOptions): Promise<void> {
    return this.#end((flusher) => flusher.close(options));
  }

  /** Stops all flushers at once and gives up what was not delivered. Joins a `close`, and hurries it. Never rejects. */
  destroy(): Promise<void> {
    return this.#end((flusher) => flusher.destroy());
  }

  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What `JSON.stringify` writes: how much there is. {@link status} and {@link describe} tell more. */
  override toJSON(): object {
    const { enabled, instruments, size } = this.registry;
    return { enabled, metrics: instruments.size, series: size, flushers: this.#flushers.size };
  }

  async #end(how: (flusher: Flusher) => Promise<unknown>): Promise<void> {
    this.#ended = true;
    await Promise.all([...this.#flushers].map(how));
  }

  /** {@link #now} for who can wait: the event loop has its turns. */
  async #later(timeout: number): Promise<Capture> {
    const { registry } = this;
    await registry.callbacks.settle(timeout);
    await inTurns(registry.sweeping());
    return inTurns(Capture.inPieces(registry));
  }

  #now(callbacks: boolean): Capture {
    if (callbacks) this.registry.callbacks.run();
    this.registry.sweep();
    return Capture.now(this.registry);
  }

  #source(): FlushSource {
    const { registry } = this;
    let settled = 0;
    let ready: Capture | undefined;
    const capture = (): Capture => {
      const one = ready;
      // What is still being copied for a pass that could not wait is of no use for the next one.
      settled++;
      ready = undefined;
      return one ?? this.#now(false);
    };
    return {
      settle: async (timeout) => {
        const mine = ++settled;
        const one = await this.#later(timeout);
        if (mine === settled) ready = one;
      },
      snapshot: (view) => capture().cumulative(view),
      cursor: (view) => new Cursor(registry, capture, view),
      now: () => registry.clock.now(),
      monotonic: () => registry.clock.monotonic(),
      warn: (message, cause) => registry.tally.warn(message, cause),
    };
  }
}
