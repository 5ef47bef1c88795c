import { ask, delayOf } from '../checks.js';
import type { Cursor, Undelivered } from '../collect/cursor.js';
import { FirstDrops } from '../collect/first-drops.js';
import { Printed } from '../printed.js';
import { inTurns, pause } from '../turns.js';
import { unknownBy } from './abortable.js';
import type { Backend } from './backend.js';
import { grace } from './delivery.js';
import type { FlushSettings } from './options.js';
import { type FlushSource, Pass } from './pass.js';
import { Schedule } from './schedule.js';
import { type FlusherStatus, type FlushReport, Totals } from './status.js';

/** Options of `flusher.close`, and of `recorder.close`. */
export interface CloseOptions {
  /** How long it may take in all, in milliseconds, 0 or more; as long as the passes' `timeout` unless given. */
  readonly deadline?: number;
}

/** So many series are counted whenever somebody asks for the status: a millisecond. */
const countedWhenAsked = 10_000;
const nothingLeft: Undelivered = { series: 0, since: undefined };

/** Sends snapshots of one recorder to one backend, on a schedule of its own. */
export class Flusher extends Printed {
  readonly #source: FlushSource;
  readonly #backend: Backend;
  readonly #settings: FlushSettings;
  readonly #cursor: Cursor | undefined;
  readonly #schedule: Schedule;
  readonly #totals = new Totals();
  readonly #firstDrops: FirstDrops;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pass: Pass | undefined;
  #running: Promise<FlushReport> | undefined;
  #next: Promise<FlushReport> | undefined;
  #closing: Promise<FlushReport> | undefined;
  /** Why nothing is sent any more; empty until then. */
  #over = '';
  #closed = false;
  #lastAttempt: number | undefined;
  #nextAttempt: number | undefined;
  #lastSuccess: number | undefined;
  /** When what the last complete pass delivered was read, by the monotonic clock. */
  #delivered: number;
  #failures = 0;
  /** What was not delivered when it was counted last. */
  #undelivered: Undelivered = nothingLeft;
  /** Whether a payload may have arrived, and the backend was not heard since. */
  readonly #doubt = { open: false };

  /** @internal Made by `recorder.flushTo`. */
  constructor(source: FlushSource, backend: Backend, settings: FlushSettings) {
    super();
    this.#source = source;
    this.#backend = backend;
    this.#settings = settings;
    this.#cursor = backend.temporality === 'delta' ? source.cursor(settings.view) : undefined;
    this.#delivered = source.monotonic();
    this.#firstDrops = new FirstDrops(this.#where);
    this.#schedule = new Schedule(settings, () => source.now());
    this.#arm(this.#schedule.wait(this.#schedule.now(), 0));
  }

  /**
   * Makes a pass now, whatever the back-off. Calls while one runs are answered by one more pass after it, so that
   * whatever was recorded before the call is in it. Never rejects; after `close` it reports that nothing was done.
   */
  flush(): Promise<FlushReport> {
    if (this.#closed) return Promise.resolve(this.#report(new Totals(), false));
    if (this.#running === undefined) return this.#run();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#run();
    });
    return this.#next;
  }

  /** Whether it has made its last pass. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Where it sends to, how it went, and what is pending. */
  status(): FlusherStatus {
    const failing = this.#failures > 0;
    const { series: pending, since } = this.#counted();
    const oldest = this.#cursor ? since?.began : failing ? this.#delivered : undefined;
    const waiting = failing ? 'backing-off' : 'waiting';
    return {
      backend: this.#backend.name,
      target: this.#backend.target,
      state: this.#closed ? 'closed' : this.#running === undefined ? waiting : 'flushing',
      every: this.#settings.every,
      lastAttempt: this.#lastAttempt,
      lastSuccess: this.#lastSuccess,
      nextAttempt: this.#nextAttempt,
      consecutiveFailures: this.#failures,
      lastError: this.#totals.error,
      reply: this.#totals.reply,
      pending,
      oldestUndelivered:
        oldest === undefined ? undefined : Math.max(0, Math.round(this.#source.monotonic() - oldest)),
      totals: this.#totals.copy(),
      lastDropped: this.#totals.lastDropped,
    };
  }

  /**
   * Makes a last pass, then stops. A second call joins the first. Never rejects; the report is the last pass's, and
   * says what is still pending.
   */
  close(options?: CloseOptions): Promise<FlushReport> {
    const first = this.#closing === undefined;
    this.#closing ??= this.#finish(() => this.flush());
    const deadline = delayOf(ask(() => options?.deadline));
    if (!first || deadline === undefined) return this.#closing;
    // What is aborted may go on for a little while.
    const timer = setTimeout(() => this.#end('it was closed'), Math.max(0, deadline - grace));
    return this.#closing.finally(() => clearTimeout(timer));
  }

  /**
   * Stops at once: what is being sent is aborted, what was not delivered is given up. Joins a `close` that is under
   * way, and hurries it. Never rejects; the report says what is still pending.
   */
  destroy(): Promise<FlushReport> {
    this.#end('it was destroyed');
    this.#closing ??= this.#finish(async () => {
      if (this.#running !== undefined) return this.#running;
      await this.#count();
      return this.#report(new Totals(), this.#undelivered.series === 0);
    });
    return this.#closing;
  }

  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close().then(() => {});
  }

  /** What `JSON.stringify` writes: where it sends to, and how it is. {@link status} tells more. */
  override toJSON(): object {
    const { backend, target, state, every, consecutiveFailures, totals } = this.status();
    return { backend, target, state, every, passes: totals.passes, consecutiveFailures };
  }

  async #finish(last: () => Promise<FlushReport>): Promise<FlushReport> {
    this.#disarm();
    const report = await last();
    if (report.complete) await this.#count();
    this.#closed = true;
    this.#cursor?.end(this.#undelivered);
    // One that never ends must not keep the host from ending, nor one that ends at once.
    const closed = new AbortController();
    const close = async (): Promise<void> => {
      try {
        await this.#backend.close?.();
      } catch (error) {
        this.#totals.fail(this.#source.now(), unknownBy(error));
      }
      closed.abort();
    };
    void close();
    await pause(grace, closed.signal);
    return report;
  }

  /** Lets nothing be sent from now on. */
  #end(why: string): void {
    this.#over ||= why;
    this.#pass?.abort(why);
  }

  /** Sets the timer for the next pass. It keeps no process alive. */
  #arm(delay: number): void {
    if (this.#closing !== undefined) return;
    this.#nextAttempt = Math.round(this.#source.now() + delay);
    // Whole milliseconds, for `#disarm`.
    this.#timer = setTimeout(() => this.#wake(), Math.trunc(Math.min(delay, this.#schedule.nap)));
    (this.#timer as { unref?(): void }).unref?.();
  }

  #wake(): void {
    const rest = this.#schedule.rest();
    if (rest > 0) this.#arm(rest);
    else void this.flush();
  }

  /** Until it would have been due, Node.js keeps a list for a timer that is cleared while it is unref'd. */
  #disarm(): void {
    (this.#timer as { ref?(): void } | undefined)?.ref?.();
    clearTimeout(this.#timer);
    this.#nextAttempt = undefined;
  }

  #run(): Promise<FlushReport> {
    this.#disarm();
    this.#lastAttempt = this.#source.now();
    const begun = this.#schedule.now();
    const pass = new Pass(
      this.#source,
      this.#backend,
      this.#settings,
      this.#cursor,
      this.#totals,
      this.#doubt,
      this.#firstDrops,
    );
    this.#pass = pass;
    if (this.#over !== '') pass.abort(this.#over);
    this.#running = pass.run().then(async () => {
      this.#cursor?.settle();
      // Only where it matters: there may be very many series.
      if (pass.totals.error === undefined) this.#undelivered = nothingLeft;
      else await this.#count();
      this.#pass = undefined;
      this.#running = undefined;
      this.#conclude(pass);
      this.#arm(this.#schedule.wait(begun, this.#failures, pass.retryAfter));
      return this.#report(pass.totals, pass.totals.error === undefined);
    });
    return this.#running;
  }

  #conclude({ totals: { error }, at, kept }: Pass): void {
    const where = this.#where;
    if (error === undefined) {
      this.#lastSuccess = this.#source.now();
      this.#delivered = at ?? this.#delivered;
      if (this.#failures > 0)
        this.#source.warn(`Flushing to ${where} works again. Passes that failed: ${this.#failures}.`);
      this.#failures = 0;
      return;
    }
    this.#totals.error = error;
    this.#failures++;
    // Told once, of the first of several.
    if (this.#failures > 1) return;
    const retried = kept ? 'It is retried.' : 'What was sent is given up.';
    const rest =
      this.#closing === undefined ? retried : 'It was the last pass: what was not delivered is lost.';
    this.#source.warn(`Flushing to ${where} failed: ${error.message} (${error.code}). ${rest}`, error);
  }

  /** Counts what is not delivered while the event loop has its turns. */
  async #count(): Promise<void> {
    if (this.#cursor !== undefined) this.#undelivered = await inTurns(this.#cursor.counting());
  }

  /** What is not delivered now; of very many series, what was not when the last pass ended. */
  #counted(): Undelivered {
    const cursor = this.#cursor;
    return cursor === undefined || cursor.size > countedWhenAsked ? this.#undelivered : cursor.count();
  }

  /** What it sends to, in messages. */
  get #where(): string {
    return `${this.#backend.name} at ${this.#backend.target}`;
  }

  #report(totals: Totals, complete: boolean): FlushReport {
    const pending = complete ? 0 : this.#undelivered.series;
    return { ...totals.copy(), complete, error: totals.error, pending };
  }
}
