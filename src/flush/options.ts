import { MetricsError } from '../errors.js';
import type { Backend } from './backend.js';

/** Options of `recorder.flushTo`. */
export interface FlushOptions {
  /** Milliseconds from the beginning of one pass to that of the next: 100 to 2,147,483,647. */
  readonly every: number;
  /** How long one pass may take, in milliseconds: 1 to `every`. Unless given, `every`, but at most 10 seconds. */
  readonly timeout?: number;
  /**
   * What to do with a payload that may have arrived: `resend` never loses and may count twice, `drop` never counts
   * twice and may lose. Unless given, what is best for the backend.
   */
  readonly onUnknown?: 'resend' | 'drop';
}

/** The same, checked and complete. */
export type FlushSettings = Required<FlushOptions>;

/** The longest delay that a timer can have, in milliseconds. */
const longest = 2 ** 31 - 1;

/** Checks what the host gave to `flushTo`. */
export function flushSettings(backend: Backend, options: FlushOptions): FlushSettings {
  if (typeof backend?.encode !== 'function' || typeof backend.send !== 'function') {
    throw new MetricsError(
      'invalid_option',
      `flushTo takes a backend, such as circonus({ url }), and options.`,
    );
  }
  for (const option of Object.keys(options ?? {})) {
    if (!['every', 'timeout', 'onUnknown'].includes(option)) {
      throw new MetricsError(
        'invalid_option',
        `flushTo has no option ${option}; it has every, timeout, onUnknown.`,
      );
    }
  }
  const every = options?.every;
  if (!(every >= 100 && every <= longest)) {
    throw new MetricsError(
      'invalid_option',
      `every must be 100 to ${longest} milliseconds, not ${String(every)}.`,
    );
  }
  const timeout = options.timeout ?? Math.min(every, 10_000);
  if (!(timeout >= 1 && timeout <= every)) {
    throw new MetricsError(
      'invalid_option',
      `timeout must be 1 to ${every} milliseconds (every), not ${String(timeout)}.`,
    );
  }
  const onUnknown = options.onUnknown ?? backend.onUnknown;
  if (onUnknown !== 'resend' && onUnknown !== 'drop') {
    throw new MetricsError(
      'invalid_option',
      `onUnknown must be 'resend' or 'drop', not ${String(onUnknown)}.`,
    );
  }
  return { every, timeout, onUnknown };
}
