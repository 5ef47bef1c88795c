import type { Cursor, Part } from '../collect/cursor.js';
import type { FirstDrops } from '../collect/first-drops.js';
import type { Snapshot } from '../collect/snapshot.js';
import type { View } from '../collect/view.js';
import type { SendResult } from '../transport/outcome.js';
import { slice, turn } from '../turns.js';
import type { Backend, Payload } from './backend.js';
import type { FlushSettings } from './options.js';
import { backOff } from './schedule.js';
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
  /** Tells the host. */
  warn(message: string, cause?: unknown): void;
}

/** How many parts are committed before the time is looked at. */
const partsAtOnce = 64;
/** How long a send may go on after its signal was aborted, in milliseconds. */
export const grace = 100;
/** The first pause before a payload is sent again is at most this long, in milliseconds. */
const firstPause = 25;
/** The longest pause within a pass, in milliseconds; whoever wants a longer one gets it between passes. */
const longestPause = 1000;

/** One pass: a snapshot, encoded, and sent payload by payload. */
export class Pass {
  /** What it did. */
  readonly totals: Totals = new Totals();
  /** When what it sends was read, in milliseconds since 1970. */
  at: number | undefined;
  /** Whether what was not delivered is left for the next pass. */
  kept = true;
  /** How long the server wants to be left alone, in milliseconds. */
  retryAfter: number | undefined;
  readonly #source: FlushSource;
  readonly #backend: Backend;
  readonly #settings: FlushSettings;
  readonly #cursor: Cursor | undefined;
  readonly #all: readonly Totals[];
  readonly #firstDrops: FirstDrops;
  readonly #abort = new AbortController();
  #late = '';
  /** When the event loop had its last turn. */
  #resumed = 0;

  /** @param life the sums over the flusher's life */
  constructor(
    source: FlushSource,
    backend: Backend,
    settings: FlushSettings,
    cursor: Cursor | undefined,
    life: Totals,
    firstDrops: FirstDrops,
  ) {
    this.#source = source;
    this.#backend = backend;
    this.#settings = settings;
    this.#cursor = cursor;
    this.#all = [this.totals, life];
    this.#firstDrops = firstDrops;
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
      await this.#unlessAborted(this.#source.settle(timeout / 2));
      this.#resumed = performance.now();
      const snapshot = this.#cursor?.read() ?? this.#source.snapshot(view);
      this.at = snapshot.at;
      await this.#sendAll(snapshot);
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
    for (const payload of this.#backend.encode(snapshot, drop, () => this.#due())) {
      if (payload.body.length > 0 && !(await this.#deliver(payload))) return;
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

  async #commit(parts: readonly Part[]): Promise<void> {
    if (this.#cursor === undefined) return;
    for (let from = 0; from < parts.length; from += partsAtOnce) {
      this.#cursor.commit(parts.slice(from, from + partsAtOnce));
      await this.#yield();
    }
  }

  /** Sends a payload until that is settled or there is no point in it; false ends the pass. */
  async #deliver(payload: Payload): Promise<boolean> {
    const { retries, onUnknown } = this.#settings;
    for (let attempt = 0; ; attempt++) {
      const result = await this.#send(payload);
      const { outcome, reply, retryAfter } = result;
      for (const totals of this.#all) {
        if (reply !== undefined) totals.reply = reply;
        if (outcome === 'delivered') totals.delivered(byteLength(payload.body), payload.parts.length);
        if (outcome === 'rejected') for (const part of payload.parts) totals.drop(part, outcome);
        if (outcome === 'unknown') totals.unknown++;
      }
      if (outcome === 'rejected') {
        this.kept = false;
        this.totals.fail(this.#source.now(), result);
      }
      if (outcome === 'delivered' || outcome === 'rejected') {
        await this.#commit(payload.parts);
        return true;
      }
      const lost = outcome === 'unknown' && onUnknown === 'drop';
      if (lost) await this.#commit(payload.parts);
      const wait = retryAfter ?? backOff(attempt, firstPause, longestPause);
      if (lost || attempt >= retries || wait > longestPause || this.#abort.signal.aborted) {
        this.kept = !lost;
        this.retryAfter = retryAfter;
        this.totals.fail(this.#source.now(), result);
        return false;
      }
      for (const totals of this.#all) totals.retries++;
      await this.#unlessAborted(pause(wait));
    }
  }

  async #send(payload: Payload): Promise<SendResult> {
    const { signal } = this.#abort;
    if (signal.aborted) return { outcome: 'failed', code: 'timeout', message: this.#late };
    const sent = (async () => this.#backend.send(payload, signal))().catch(unknownBy);
    const result = await this.#unlessAborted(sent, grace);
    return result ?? { outcome: 'unknown', code: 'timeout', message: this.#late };
  }

  /** What a promise gives, or `undefined` some milliseconds after the pass was aborted. */
  async #unlessAborted<T>(promise: Promise<T>, after = 0): Promise<T | undefined> {
    const { signal } = this.#abort;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let giveUp = (): void => {};
    const aborted = new Promise<undefined>((resolve) => {
      giveUp = () => {
        timer = setTimeout(() => resolve(undefined), after);
      };
    });
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      signal.removeEventListener('abort', giveUp);
      clearTimeout(timer);
    }
  }
}

/** What is said of something that was thrown. */
export function unknownBy(error: unknown): SendResult {
  const { code, message } =
    error instanceof Error
      ? (error as Error & { code?: unknown })
      : { code: undefined, message: String(error) };
  return { outcome: 'unknown', code: typeof code === 'string' ? code : 'error', message };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function byteLength(body: string | Uint8Array): number {
  return typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
}
