import { must, optionsOf } from '../checks.js';
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
  const whole = typeof backend?.encode === 'function' && typeof backend.send === 'function';
  must(whole, 'What flushTo sends to', 'a backend, such as circonus({ url })', backend);
  optionsOf('flushTo', options, ['every', 'timeout', 'onUnknown']);
  const every = options?.every;
  must(every >= 100 && every <= longest, 'every', `100 to ${longest} milliseconds`, every);
  const { timeout = Math.min(every, 10_000), onUnknown = backend.onUnknown } = options;
  must(timeout >= 1 && timeout <= every, 'timeout', `1 to ${every} milliseconds`, timeout);
  must(onUnknown === 'resend' || onUnknown === 'drop', 'onUnknown', "'resend' or 'drop'", onUnknown);
  return { every, timeout, onUnknown };
}
