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
/** How often an aligned schedule looks at the wall clock while it waits, in milliseconds: it may be set at any time. */
const maxNap = 30_000;
/** By how much the wall clock has to differ from what was planned to count as set, in milliseconds, and of `every`. */
const maxSlack = 1000;
const slackShare = 1 / 4;

/**
 * Exponential back-off with full jitter: anything from 0 up to twice as much as the attempt before, and to `most`.
 * (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
 * @param attempt 0 after the first failure
 */
export function backOff(attempt: number, base: number, most: number): number {
  return Math.random() * Math.min(most, base * 2 ** attempt);
}

/** What was decided at some time about the next pass. */
interface Plan {
  /** When the pass before began, by the schedule's clock. */
  readonly begun: number;
  /** What the schedule's clock is to show when the next one begins. */
  readonly due: number;
  /** The same by the monotonic clock. */
  readonly at: number;
  /** By the monotonic clock, the end of a pause that has to be kept whatever the wall clock shows. */
  readonly paused: number;
  /** What the schedule's clock was last seen to change to, and when that was by the monotonic clock. */
  readonly wall: number;
  readonly since: number;
}

/**
 * When passes begin: on a grid of `every`, which a late or slow pass does not move. Times are milliseconds. All of it
 * goes by the monotonic clock but the beats of aligned passes, which are the wall clock's.
 */
export class Schedule {
  readonly #beat: Beat;
  readonly #clock: () => number;
  readonly #origin: number;
  #plan: Plan | undefined;

  /** @param wallClock milliseconds since 1970, which aligned passes go by */
  constructor(beat: Beat, wallClock: () => number) {
    this.#beat = beat;
    // A clock that is set back or forth must not stop passes that do not go by it.
    this.#clock = beat.align ? wallClock : monotonic;
    this.#origin = beat.align ? 0 : monotonic();
  }

  /** What its clock shows. */
  now(): number {
    return this.#clock();
  }

  /** How long to wait at most before {@link rest} is asked. */
  get nap(): number {
    return this.#beat.align ? maxNap : longest;
  }

  /**
   * How long to wait for the next pass.
   * @param begun when the last one began, by {@link now}
   * @param failures passes that failed since the last one that did not
   * @param retryAfter how long the server wants to be left alone
   */
  wait(begun: number, failures: number, retryAfter = 0): number {
    const now = monotonic();
    const wall = this.#clock();
    const backingOff = failures > 0 ? backOff(failures - 1, this.#beat.every, maxBackOff) : 0;
    const asked = retryAfter > 0 ? Math.min(retryAfter, maxRetryAfter) : 0;
    const planned = Math.max(0, this.#next(wall, begun) - wall) + backingOff;
    const wait = Math.min(longest, Math.max(planned, asked));
    const paused = now + Math.max(backingOff, asked);
    this.#plan = { begun, due: wall + wait, at: now + wait, paused, wall, since: now };
    return wait;
  }

  /**
   * How long there still is to wait once a timer has fired: 0 where the pass is to begin. Timers fire up to a millisecond
   * early, and an aligned pass must not begin before its beat; and the wall clock may have been set while it was waited.
   */
  rest(): number {
    const plan = this.#plan;
    if (plan === undefined || !this.#beat.align) return 0;
    const slack = Math.min(maxSlack, this.#beat.every * slackShare);
    const now = monotonic();
    const wall = this.#clock();
    const since = wall === plan.wall ? plan.since : now;
    const stands = now - since > slack;
    // A clock that stands still, such as a test's, says nothing.
    let left = stands ? plan.at - now : plan.due - wall;
    if (Math.abs(left - (plan.at - now)) > slack) left = this.#next(wall, plan.begun) - wall;
    left = Math.max(0, left, plan.paused - now);
    this.#plan = { ...plan, due: wall + left, at: now + left, wall, since };
    return left;
  }

  /** When the next pass begins, by the schedule's clock, if there is no pause. */
  #next(now: number, begun: number): number {
    const { every, jitter, align } = this.#beat;
    // Far enough from the beat that a pass was moved from, whose timer may have been early, and short of the next one.
    const done = begun + (every * (1 + (align ? -jitter : jitter))) / 2;
    // A clock that was set back by more than a period counts as no pass at all; by less, no beat comes twice.
    const least = begun - now > every ? now : Math.max(now, done);
    const beat = this.#origin + Math.ceil((least - this.#origin) / every) * every;
    return beat + Math.random() * jitter * every * (align ? 1 : -1);
  }
}

/** Looked up at each call: tests that install fake timers have passes go by them. */
function monotonic(): number {
  return performance.now();
}
