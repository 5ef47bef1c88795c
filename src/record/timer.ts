/// <reference lib="esnext.disposable" preserve="true" />
import type { LogLinearHistogram } from '../histogram/index.js';
import type { Clock } from './clock.js';
import { Histogram } from './histogram.js';
import { histogramOf, type Series } from './series.js';

// Runtimes without explicit resource management get the symbol that compiled `using` declarations look for.
export const dispose: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/** A running measurement that a `using` declaration ends. */
export interface Measurement {
  /** Records the time since the start, once, and returns it in seconds. */
  stop(): number;
  /** {@link stop}, for `using`. */
  [Symbol.dispose](): void;
}

/** Measures how long code takes: a histogram of seconds that reads the clock itself. */
export class Timer extends Histogram {
  // Not `#` fields and methods: V8 takes about twice as long to reach those.
  /** @internal */
  protected timed: LogLinearHistogram;
  private readonly clock: Clock;
  private running = 0;

  /** @internal Made by `namespace.timer`. */
  constructor(series: Series) {
    super(series);
    this.timed = histogramOf(series);
    this.clock = series.origin.registry.clock;
  }

  /**
   * Records a duration that the host measured.
   * @param seconds see {@link Histogram.record} for what is refused
   * @param count how many samples of it; an integer, 0 or more
   */
  // Written again, although it is the same: a method shared with Histogram sees two shapes and is slower for both.
  override record(seconds: number, count = 1): void {
    if (this.timed.record(seconds, count) !== count) this.refuseOrRevive(seconds, count);
  }

  /** How many measurements are running now. */
  get active(): number {
    return this.running;
  }

  /** Starts a measurement. The returned function records it, once, and returns the seconds that it took. */
  start(): () => number {
    const measurement = this.measure();
    return () => measurement.stop();
  }

  /** Starts a measurement for `using _ = timer.measure()`: it is recorded at the end of the block. */
  measure(): Measurement {
    const begun = this.clock.monotonic();
    this.running++;
    let seconds: number | undefined;
    const stop = (): number => {
      seconds ??= this.finish(begun);
      return seconds;
    };
    return { stop, [dispose]: stop } as Measurement;
  }

  /**
   * Runs `work`, records how long it took, also when it throws or rejects, and returns what it returns: for a
   * promise, one of the same outcome.
   */
  time<Result>(work: () => Result): Result {
    const begun = this.clock.monotonic();
    this.running++;
    let result: Result;
    let asynchronous: boolean;
    try {
      result = work();
      asynchronous = typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function';
    } catch (error) {
      this.finish(begun);
      throw error;
    }
    if (asynchronous) return this.settle(result as PromiseLike<unknown>, begun) as Result;
    this.finish(begun);
    return result;
  }

  /** Makes a function that does what `work` does, with its `this`, name and length, and times every call. */
  wrap<This, Args extends unknown[], Result>(
    work: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result {
    const timer = this;
    const wrapped = function (this: This, ...args: Args): Result {
      return timer.time(() => work.apply(this, args));
    };
    return Object.defineProperties(wrapped, {
      name: { value: work.name, configurable: true },
      length: { value: work.length, configurable: true },
    });
  }

  /** @internal */
  override attach(): void {
    super.attach();
    this.timed = histogramOf(this.series);
  }

  /** @internal */
  override detach(): boolean {
    this.timed = this.series.origin.registry.nowhere;
    return super.detach();
  }

  private finish(begun: number): number {
    // Fake timers that were installed meanwhile let the clock begin again.
    const seconds = Math.max(0, this.clock.monotonic() - begun) / 1000;
    this.running--;
    this.record(seconds);
    return seconds;
  }

  private settle(result: PromiseLike<unknown>, begun: number): PromiseLike<unknown> {
    // The derived promise is returned, because a handler on the original alone would hide its rejection.
    return result.then(
      (value) => {
        this.finish(begun);
        return value;
      },
      (error: unknown) => {
        this.finish(begun);
        throw error;
      },
    );
  }
}

/** The same with declared bounds; a class of its own, as that of histograms. */
export class TimerWithBounds extends Timer {
  override record(seconds: number, count = 1): void {
    if (this.timed.record(seconds, count) !== count) this.refuseOrRevive(seconds, count);
  }
}
