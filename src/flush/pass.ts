import type { Cursor, Part } from '../collect/cursor.js';
import type { FirstDrops } from '../collect/first-drops.js';
import type { Snapshot } from '../collect/snapshot.js';
import type { View } from '../collect/view.js';
import { slice, turn } from '../turns.js';
import { unknownBy, unlessAborted } from './abortable.js';
import { payloadOf, payloadsOf } from './answers.js';
import type { Backend } from './backend.js';
import { Delivery } from './delivery.js';
import type { FlushSettings } from './options.js';
import { Totals } from './status.js';

/** What a flusher needs of its recorder. */
export interface FlushSource {
  /** Calls the host's functions and waits up to `timeout` milliseconds for asynchronous ones. */
  settle(timeout: number): Promise<void>;
  /** All totals as they are now. */
  snapshot(view: View): Snapshot;
  /** A reader of differences, whose reads do not call the host's functions again. */
  cursor(view: View): Cursor;
  /** Milliseconds since 1970. */
  now(): number;
  /** By the monotonic clock, for durations. */
  monotonic(): number;
  /** Tells the host. */
  warn(message: string, cause?: unknown): void;
}

/** How many parts are committed before the time is looked at. */
const partsAtOnce = 64;

/** One pass: a snapshot, encoded, and sent payload by payload. */
export class Pass {
  /** What it did. */
  readonly totals: Totals = new Totals();
  /** When what it sends was read, by the monotonic clock. */
  at: number | undefined;
  readonly #source: FlushSource;
  readonly #backend: Backend;
  readonly #settings: FlushSettings;
  readonly #cursor: Cursor | undefined;
  readonly #all: readonly [pass: Totals, life: Totals];
  readonly #delivery: Delivery;
  readonly #firstDrops: FirstDrops;
  readonly #abort = new AbortController();
  #late = '';
  /** When the event loop had its last turn. */
  #resumed = 0;

  /**
   * @param life the sums over the flusher's life
   * @param doubt whether a payload of an earlier pass may have arrived, and the backend was not heard since
   */
  constructor(
    source: FlushSource,
    backend: Backend,
    settings: FlushSettings,
    cursor: Cursor | undefined,
    life: Totals,
    doubt: { open: boolean },
    firstDrops: FirstDrops,
  ) {
    this.#source = source;
    this.#backend = backend;
    this.#settings = settings;
    this.#cursor = cursor;
    this.#all = [this.totals, life];
    this.#firstDrops = firstDrops;
    this.#delivery = new Delivery({
      backend,
      settings,
      totals: this.#all,
      signal: this.#abort.signal,
      why: () => this.#late,
      now: () => source.now(),
      commit: cursor && ((parts) => this.#commit(cursor, parts)),
      doubt,
    });
  }

  /** Whether what was not delivered is left for the next pass. */
  get kept(): boolean {
    return this.#delivery.kept;
  }

  /** How long the server wants to be left alone, in milliseconds. */
  get retryAfter(): number | undefined {
    return this.#delivery.retryAfter;
  }

  /** Ends it soon: nothing more is sent, and what is being sent is aborted. */
  abort(why: string): void {
    this.#late ||= why;
    this.#abort.abort();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { timeout, view } = this.#settings;
    const deadline = setTimeout(() => this.abort(`the pass took longer than ${timeout} ms`), timeout);
    for (const totals of this.#all) totals.passes++;
    try {
      // Half, so that a callback that never settles leaves time to send what the others gave.
      await unlessAborted(this.#source.settle(timeout / 2), this.#abort.signal);
      this.#resumed = performance.now();
      const snapshot = this.#cursor?.read() ?? this.#source.snapshot(view);
      this.at = this.#source.monotonic();
      try {
        await this.#sendAll(snapshot);
      } finally {
        await this.#delivery.finish();
      }
    } catch (error) {
      this.totals.fail(this.#source.now(), { ...unknownBy(error), outcome: 'failed' });
    }
    clearTimeout(deadline);
  }

  async #sendAll(snapshot: Snapshot): Promise<void> {
    const drop: Parameters<Backend['encode']>[1] = (part, reason) => {
      for (const totals of this.#all) totals.drop(part, reason);
      this.#firstDrops.note(part.series, reason);
      this.#cursor?.commit([part]);
    };
    const payloads = payloadsOf(this.#backend.encode(snapshot, drop, () => this.#due()));
    for (const encoded of payloads) {
      const payload = payloadOf(encoded);
      if (payload.body.length > 0 && !(await this.#delivery.deliver(payload))) return;
      await this.#yield();
    }
  }

  /** Whether the event loop wants its turn. */
  #due(): boolean {
    return performance.now() - this.#resumed > slice;
  }

  /** Lets the event loop go on if it is due. */
  async #yield(): Promise<void> {
    if (!this.#due()) return;
    await turn();
    this.#resumed = performance.now();
  }

  async #commit(cursor: Cursor, parts: readonly Part[]): Promise<void> {
    for (let from = 0; from < parts.length; from += partsAtOnce) {
      cursor.commit(parts.slice(from, from + partsAtOnce));
      await this.#yield();
    }
  }
}
