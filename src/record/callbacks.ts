import { isThenable, shown, wordsOf } from '../checks.js';
import { longestDelay } from './clock.js';
import type { Tally } from './tally.js';

interface Callback {
  /** For warnings: `gauge "heap"`. */
  readonly what: string;
  readonly run: () => unknown;
  /** Takes what the function gave. Returns false if it is of no use. */
  readonly settle: (value: unknown) => boolean;
  /** Makes the metric valueless, so that nobody takes an old value for a current one. */
  readonly fail: () => void;
  /** Set while an asynchronous run has not settled; it is not called again before. */
  pending: Promise<void> | undefined;
  warned: boolean;
}

/** The host's functions that are called whenever the recorder is collected. None can spoil more than its own metric. */
export class Callbacks {
  readonly #callbacks = new Set<Callback>();
  readonly #tally: Tally;
  #running = false;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Registers a function; call the returned function to take it out again. */
  add(what: string, run: () => unknown, settle: (value: unknown) => boolean, fail: () => void): () => void {
    const callback: Callback = { what, run, settle, fail, pending: undefined, warned: false };
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  /**
   * Calls every function that is not still running. Values of synchronous ones are set when this returns; those of
   * asynchronous ones whenever they arrive. A snapshot taken by a callback does not call the callbacks again.
   */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    for (const callback of this.#callbacks) if (callback.pending === undefined) this.#call(callback);
    this.#running = false;
  }

  /** {@link run}, then waits up to `timeout` milliseconds for asynchronous ones. Never rejects. */
  async settle(timeout: number): Promise<void> {
    this.run();
    const pending = [...this.#callbacks].flatMap(({ pending }) => (pending === undefined ? [] : [pending]));
    if (pending.length === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(timeout, longestDelay));
    });
    await Promise.race([Promise.all(pending), overdue]);
    clearTimeout(timer);
    for (const callback of this.#callbacks) {
      if (callback.pending !== undefined && pending.includes(callback.pending)) {
        this.#refuse(callback, 'timeout', `has not settled within ${timeout} ms`);
      }
    }
  }

  #call(callback: Callback): void {
    try {
      const value = callback.run();
      if (isThenable(value)) {
        callback.pending = Promise.resolve(value).then(
          (settled) => this.#settled(callback, settled),
          (error) => this.#failed(callback, error),
        );
      } else {
        this.#settled(callback, value);
      }
    } catch (error) {
      this.#failed(callback, error);
    }
  }

  #settled(callback: Callback, value: unknown): void {
    callback.pending = undefined;
    // It was taken out while it ran: another one may set the metric by now.
    if (!this.#callbacks.has(callback)) return;
    if (!callback.settle(value)) this.#refuse(callback, 'callback', `gave ${shown(value)}`);
  }

  #failed(callback: Callback, error: unknown): void {
    callback.pending = undefined;
    if (this.#callbacks.has(callback)) this.#refuse(callback, 'callback', 'failed', error);
  }

  #refuse(callback: Callback, reason: 'callback' | 'timeout', how: string, error?: unknown): void {
    callback.fail();
    this.#tally.refuse(reason);
    if (callback.warned) return;
    callback.warned = true;
    const why = error === undefined ? '' : `: ${wordsOf(error).message}`;
    this.#tally.warn(`The function of ${callback.what} ${how}${why}.`, error);
  }
}
