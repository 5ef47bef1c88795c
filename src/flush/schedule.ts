import { longest } from './options.js';

/** What passes are made by, of a flusher's settings. */
export interface Beat {
  readonly every: number;
  readonly jitter: number;
  readonly align: boolean;
}

/** How much longer than planned the pause after failed passes becomes at most, in milliseconds. */
const maxBackOff = 60_000;
/** How long a server may ask to be left alone, in milliseconds: an hour. */
const maxRetryAfter = 3_600_000;

/**
 * Exponential back-off with full jitter: anything from 0 up to twice as much as the attempt before, and to `most`.
 * (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
 * @param attempt 0 after the first failure
 */
export function backOff(attempt: number, base: number, most: number): number {
  return Math.random() * Math.min(most, base * 2 ** attempt);
}

/** When passes begin: on a grid of `every`, which a late or slow pass does not move. Times are milliseconds. */
export class Schedule {
  readonly #beat: Beat;
  readonly #now: () => number;
  readonly #origin: number;

  /** @param wallClock milliseconds since 1970, which aligned passes go by */
  constructor(beat: Beat, wallClock: () => number) {
    this.#beat = beat;
    // A clock that is set back or forth must not stop passes that do not go by it.
    this.#now = beat.align ? wallClock : () => performance.now();
    this.#origin = beat.align ? 0 : this.#now();
  }

  /** What its clock shows. */
  now(): number {
    return this.#now();
  }

  /**
   * How long to wait for the next pass.
   * @param begun when the last one began, by {@link now}
   * @param failures passes that failed since the last one that did not
   * @param retryAfter how long the server wants to be left alone
   */
  wait(begun: number, failures: number, retryAfter = 0): number {
    const { every, jitter, align } = this.#beat;
    const now = this.#now();
    // Far enough from the beat that a pass was moved from, whose timer may have been early, and short of the next one.
    const done = begun + (every * (1 + (align ? -jitter : jitter))) / 2;
    // A clock that was set back counts as no pass at all.
    const least = begun > now ? now : Math.max(now, done);
    const beat = this.#origin + Math.ceil((least - this.#origin) / every) * every;
    const moved = Math.random() * jitter * every * (align ? 1 : -1);
    const pause = failures > 0 ? backOff(failures - 1, every, maxBackOff) : 0;
    const wait = Math.max(0, beat + moved - now) + pause;
    return Math.min(longest, Math.max(wait, Math.min(retryAfter, maxRetryAfter)));
  }
}
