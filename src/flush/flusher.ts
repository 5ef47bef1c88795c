import type { Cursor } from '../collect/cursor.js';
import type { Snapshot } from '../collect/snapshot.js';
import type { SendResult } from '../transport/outcome.js';
import type { Backend, Payload } from './backend.js';
import type { FlushSettings } from './options.js';
import { type FlusherStatus, type FlushReport, Totals } from './status.js';

/** What a flusher needs of its recorder. */
export interface FlushSource {
  /** Calls the host's functions and waits up to `timeout` milliseconds for asynchronous ones. */
  settle(timeout: number): Promise<void>;
  /** All totals as they are now. */
  snapshot(): Snapshot;
  /** A reader of differences, whose reads do not call the host's functions again. */
  cursor(): Cursor;
  /** Milliseconds since 1970. */
  now(): number;
  /** Tells the host. */
  warn(message: string, cause?: unknown): void;
}

/** How long the event loop is held at most between two payloads, in milliseconds. */
const slice = 8;
/** How long a send may go on after its signal was aborted, in milliseconds. */
const grace = 100;

/** Sends snapshots of one recorder to one backend, on a schedule of its own. */
export class Flusher {
  readonly #source: FlushSource;
  readonly #backend: Backend;
  readonly #settings: FlushSettings;
  readonly #cursor: Cursor | undefined;
  readonly #totals = new Totals();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<FlushReport> | undefined;
  #next: Promise<FlushReport> | undefined;
  #closing: Promise<FlushReport> | undefined;
  #closed = false;
  #lastAttempt: number | undefined;
  #lastSuccess: number | undefined;
  #failures = 0;

  /** @internal Made by `recorder.flushTo`. */
  constructor(source: FlushSource, backend: Backend, settings: FlushSettings) {
    this.#source = source;
    this.#backend = backend;
    this.#settings = settings;
    this.#cursor = backend.temporality === 'delta' ? source.cursor() : undefined;
    this.#schedule(settings.every);
  }

  /**
   * Makes a pass now. Calls while one runs are answered by one more pass after it, so that whatever was recorded
   * before the call is in it. Never rejects; after `close` it reports that nothing was done.
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
    return {
      backend: this.#backend.name,
      target: this.#backend.target,
      state: this.#closed ? 'closed' : this.#running === undefined ? 'waiting' : 'flushing',
      every: this.#settings.every,
      lastAttempt: this.#lastAttempt,
      lastSuccess: this.#lastSuccess,
      consecutiveFailures: this.#failures,
      lastError: this.#totals.error,
      reply: this.#totals.reply,
      pending: this.#cursor?.pending() ?? 0,
      totals: this.#totals.copy(),
      lastDropped: this.#totals.lastDropped,
    };
  }

  /** Makes a last pass, then stops. A second call joins the first. Never rejects; the report is the last pass's. */
  close(): Promise<FlushReport> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close().then(() => {});
  }

  async #finish(): Promise<FlushReport> {
    clearTimeout(this.#timer);
    const report = await this.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#cursor?.close();
    try {
      await this.#backend.close?.();
    } catch (error) {
      this.#totals.fail(this.#source.now(), unknownBy(error));
    }
    return report;
  }

  /** Arms the timer for the next pass. It keeps no process alive. */
  #schedule(delay: number): void {
    if (this.#closing !== undefined) return;
    this.#timer = setTimeout(() => void this.flush(), delay);
    (this.#timer as { unref?(): void }).unref?.();
  }

  #run(): Promise<FlushReport> {
    clearTimeout(this.#timer);
    const begun = performance.now();
    this.#running = this.#pass().then((report) => {
      this.#running = undefined;
      const { every } = this.#settings;
      // A pass that outlasts its period skips beats: one at once after it would never let the process end.
      this.#schedule(every - ((performance.now() - begun) % every));
      return report;
    });
    return this.#running;
  }

  async #pass(): Promise<FlushReport> {
    const pass = new Totals();
    const { timeout } = this.#settings;
    const abort = new AbortController();
    const deadline = setTimeout(() => abort.abort(), timeout);
    this.#lastAttempt = this.#source.now();
    this.#totals.passes++;
    pass.passes++;
    try {
      // Half, so that a callback that never settles leaves time to send what the others gave.
      await this.#source.settle(timeout / 2);
      const snapshot = this.#cursor?.read() ?? this.#source.snapshot();
      await this.#sendAll(snapshot, abort.signal, pass);
    } catch (error) {
      pass.fail(this.#source.now(), { ...unknownBy(error), outcome: 'failed' });
    }
    clearTimeout(deadline);
    this.#conclude(pass);
    return this.#report(pass, pass.error === undefined);
  }

  async #sendAll(snapshot: Snapshot, signal: AbortSignal, pass: Totals): Promise<void> {
    const both = [pass, this.#totals];
    const payloads = this.#backend.encode(snapshot, (part, reason) => {
      for (const totals of both) totals.drop(part, reason);
      this.#cursor?.commit([part]);
    });
    let resumed = performance.now();
    for (const payload of payloads) {
      const result = await this.#send(payload, signal);
      if (result.reply !== undefined) this.#totals.reply = result.reply;
      if (!this.#settle(payload, result, both)) return;
      if (performance.now() - resumed > slice) {
        // A timer lets timers and I/O of the host run; a resolved promise would not.
        await new Promise((resolve) => setTimeout(resolve, 0));
        resumed = performance.now();
      }
    }
  }

  /** Does what an outcome asks for; false ends the pass. */
  #settle({ body, parts }: Payload, result: SendResult, both: readonly Totals[]): boolean {
    const { outcome } = result;
    for (const totals of both) {
      if (outcome === 'delivered') totals.delivered(byteLength(body), parts.length);
      else totals.fail(this.#source.now(), result);
      if (outcome === 'rejected') for (const part of parts) totals.drop(part, outcome);
      if (outcome === 'unknown') totals.unknown++;
    }
    const settled = outcome === 'delivered' || outcome === 'rejected';
    if (settled || (outcome === 'unknown' && this.#settings.onUnknown === 'drop'))
      this.#cursor?.commit(parts);
    return settled;
  }

  async #send(payload: Payload, signal: AbortSignal): Promise<SendResult> {
    const { timeout } = this.#settings;
    const late: SendResult = {
      outcome: 'unknown',
      code: 'timeout',
      message: `the pass took longer than ${timeout} ms`,
    };
    if (signal.aborted) return { ...late, outcome: 'failed' };
    let giveUp: ReturnType<typeof setTimeout> | undefined;
    let abort = (): void => {};
    const overdue = new Promise<SendResult>((resolve) => {
      abort = () => {
        giveUp = setTimeout(() => resolve(late), grace);
      };
    });
    signal.addEventListener('abort', abort);
    try {
      return await Promise.race([this.#backend.send(payload, signal), overdue]);
    } catch (error) {
      return unknownBy(error);
    } finally {
      signal.removeEventListener('abort', abort);
      clearTimeout(giveUp);
    }
  }

  #conclude(pass: Totals): void {
    const where = `${this.#backend.name} at ${this.#backend.target}`;
    if (pass.error === undefined) {
      this.#lastSuccess = this.#source.now();
      if (this.#failures > 0)
        this.#source.warn(`Flushing to ${where} works again after ${this.#failures} failed passes.`);
      this.#failures = 0;
      return;
    }
    this.#totals.error = pass.error;
    this.#failures++;
    if (this.#failures === 1) {
      this.#source.warn(
        `Flushing to ${where} failed: ${pass.error.message} (${pass.error.code}). It is retried.`,
        pass.error,
      );
    }
  }

  #report(pass: Totals, complete: boolean): FlushReport {
    return { ...pass.copy(), complete, error: pass.error };
  }
}

function unknownBy(error: unknown): SendResult {
  const { code, message } =
    error instanceof Error
      ? (error as Error & { code?: unknown })
      : { code: undefined, message: String(error) };
  return { outcome: 'unknown', code: typeof code === 'string' ? code : 'error', message };
}

function byteLength(body: string | Uint8Array): number {
  return typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
}
