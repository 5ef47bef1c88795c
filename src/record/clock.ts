import { ask, must, wordsOf } from '../checks.js';
import type { Tally } from './tally.js';

/** Where the library takes time from. Tests replace it: `new Recorder({ clock })`. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. It may be set; only time stamps come from it. */
  now(): number;
  /** Milliseconds from an arbitrary origin, never going back; differences of it are durations. */
  monotonic(): number;
}

/** The longest delay that a timer can have, in milliseconds. A longer one would be over at once. */
export const longestDelay: number = 2 ** 31 - 1;

/** `Date.now` and `performance.now`, which every JavaScript runtime has. */
export function systemClock(): Clock {
  // Held here, because Node makes the global an accessor: 10 ns on every read of the clock.
  const source = globalThis.performance;
  return { now: () => Date.now(), monotonic: () => source.now() };
}

/**
 * The clock that the host gave, which may lack a method: that is the system's then.
 * @throws MetricsError `invalid_option`
 */
export function clockOf(given: Partial<Clock> | undefined, tally: Tally): Clock {
  const system = systemClock();
  if (given === undefined) return system;
  must(typeof given === 'object' && given !== null, 'clock', 'an object with now, monotonic or both', given);
  for (const method of ['now', 'monotonic'] as const) {
    const read = given[method];
    must(read === undefined || typeof read === 'function', `clock.${method}`, 'a function', read);
    // Called on the host's object, which may be of a class and change.
    if (read !== undefined) system[method] = guarded(method, () => given[method]?.(), system[method], tally);
  }
  return system;
}

/** A method of the host's clock. Once it throws, or gives no finite number, the system's goes on from its last time. */
function guarded(method: keyof Clock, read: () => unknown, system: () => number, tally: Tally): () => number {
  let last: number | undefined;
  /** What is added to the system's time; `undefined` while the host's is in use. */
  let offset: number | undefined;
  let error: unknown;
  const failed = (thrown: unknown): void => {
    error = thrown;
  };
  return () => {
    if (offset !== undefined) return system() + offset;
    const time = ask(read, failed);
    if (Number.isFinite(time)) {
      last = time as number;
      return last;
    }
    const now = system();
    offset = (last ?? now) - now;
    tally.refuse('callback');
    const why = error === undefined ? 'gave no finite number' : `failed: ${wordsOf(error).message}`;
    tally.warn(`clock.${method} ${why}. The system's clock is used instead.`, error);
    return now + offset;
  };
}

/** How far the clocks may drift apart, in milliseconds, before it counts as a step of the wall clock. */
const drift = 50;

/**
 * Tells how long ago something was that has the wall clock's time only, though that clock may have been set since: it
 * remembers when that was. Moments are the registry's: numbers that grow.
 */
export class ClockSteps {
  readonly #clock: Clock;
  /** By how much the wall clock was ahead of the monotonic one, from which moment on; ascending. */
  readonly #offsets: { readonly from: number; readonly offset: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The wall clock's time at this moment. */
  stamp(moment: number): number {
    const now = this.#clock.now();
    const offset = now - this.#clock.monotonic();
    const last = this.#offsets.at(-1);
    if (last === undefined || Math.abs(offset - last.offset) > drift)
      this.#offsets.push({ from: moment, offset });
    return now;
  }

  /** What the monotonic clock showed when the wall clock's time was `at`, some time after a moment that was stamped. */
  monotonic(moment: number, at: number): number {
    const found = this.#offsets.findLast(({ from }) => from <= moment) ?? this.#offsets[0];
    return at - (found?.offset ?? 0);
  }
}
