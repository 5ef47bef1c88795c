import { ask } from '../checks.js';

/**
 * Why something was not recorded, or not where it was meant to be:
 *
 * | reason | meaning |
 * |---|---|
 * | `value` | NaN, ±Infinity, a negative increment, a fractional count, a value of the wrong type or out of range |
 * | `tag` | a family's `with` lacked one of its tags; what its handle was given is not recorded |
 * | `overflow` | a family's `with` led to its series `overflow=true`, by a limit or an undeclared value; recorded there |
 * | `callback` | a function of the host's (`observe`, `onCollect`, `onWarning`, `clock`) threw, rejected, or gave no usable value |
 * | `clash` | a worker's metric has the name of another with other options, or there was no room for it; its numbers are nowhere |
 * | `memory` | the memory that threads share was used up; what a worker records of that series is not in the totals |
 * | `timeout` | an asynchronous callback had not settled when a snapshot was due |
 * | `unregistered` | a handle, a family or a worker recorded into a metric that `unregister` has ended; it is nowhere |
 */
export type RefusalReason =
  | 'value'
  | 'tag'
  | 'overflow'
  | 'callback'
  | 'timeout'
  | 'clash'
  | 'memory'
  | 'unregistered';

/** How a warning reaches the host: a sentence, and what it is about. What it returns, throws or rejects with is ignored. */
export type OnWarning = (message: string, cause?: unknown) => void;

interface WarningProcess {
  emitWarning?(message: string, options: { type: string }): void;
}

function warnHost(message: string): void {
  const host = (globalThis as { process?: WarningProcess }).process;
  if (typeof host?.emitWarning === 'function') host.emitWarning(message, { type: 'MetricsWarning' });
  else console.warn(`MetricsWarning: ${message}`);
}

/** Counts what could not be recorded and passes warnings on, so that nothing is lost in silence. */
export class Tally {
  readonly #counts: Record<RefusalReason, number> = {
    value: 0,
    tag: 0,
    overflow: 0,
    callback: 0,
    timeout: 0,
    clash: 0,
    memory: 0,
    unregistered: 0,
  };
  readonly #onWarning: OnWarning;

  constructor(onWarning: OnWarning = warnHost) {
    this.#onWarning = onWarning;
  }

  /** Counts a refusal, or several. Never throws. */
  refuse(reason: RefusalReason, times = 1): void {
    this.#counts[reason] += times;
  }

  /** How often each reason occurred since the recorder was made. */
  counts(): Readonly<Record<RefusalReason, number>> {
    return { ...this.#counts };
  }

  /** Tells the host. A handler that throws or rejects is counted, and stops nothing. */
  warn(message: string, cause?: unknown): void {
    ask(
      () => this.#onWarning(message, cause),
      () => this.refuse('callback'),
    );
  }
}
