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

const known = ['every', 'timeout', 'onUnknown'];

function check(valid: boolean, message: string): void {
  if (!valid) throw new MetricsError('invalid_option', `flushTo: ${message}.`);
}

/** Checks what the host gave to `flushTo`. */
export function flushSettings(backend: Backend, options: FlushOptions): FlushSettings {
  const whole = typeof backend?.encode === 'function' && typeof backend.send === 'function';
  check(whole, 'the first argument must be a backend, such as circonus({ url })');
  const unknown = Object.keys(options ?? {}).find((option) => !known.includes(option));
  check(unknown === undefined, `there is no option ${unknown}; there are ${known.join(', ')}`);
  const every = options?.every;
  check(
    every >= 100 && every <= longest,
    `every must be 100 to ${longest} milliseconds, not ${String(every)}`,
  );
  const { timeout = Math.min(every, 10_000), onUnknown = backend.onUnknown } = options;
  check(
    timeout >= 1 && timeout <= every,
    `timeout must be 1 to ${every} milliseconds, not ${String(timeout)}`,
  );
  check(
    onUnknown === 'resend' || onUnknown === 'drop',
    `onUnknown must be 'resend' or 'drop', not ${String(onUnknown)}`,
  );
  return { every, timeout, onUnknown };
}
