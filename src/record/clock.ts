/** Where the library takes time from. Tests replace it: `new Recorder({ clock })`. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Milliseconds from an arbitrary origin, never going back; differences of it are durations. */
  monotonic(): number;
}

/** `Date.now` and `performance.now`, which every JavaScript runtime has. */
export function systemClock(): Clock {
  // Held here, because Node makes the global an accessor: 10 ns on every read of the clock.
  const source = globalThis.performance;
  return { now: () => Date.now(), monotonic: () => source.now() };
}
