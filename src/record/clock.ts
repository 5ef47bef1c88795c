/** Where the library takes time from. Tests replace it: `new Recorder({ clock })`. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Milliseconds from an arbitrary origin, never going back; differences of it are durations. */
  monotonic(): number;
}

/** `Date.now` and `performance.now`, which every JavaScript runtime has. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
