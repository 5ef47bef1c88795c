// A service that records at random, and keeps accounts of its own of what it recorded.
import { Recorder } from 'circmetrics';
import type { Format } from './formats.js';

const [counters, histograms, routes] = [5, 2, 6];

export class Service {
  readonly recorder: Recorder;
  /** What was recorded, as the format's receiver is told it. */
  readonly recorded = new Map<string, number>();
  /** How often the clock was set. */
  clockSteps = 0;
  readonly #random: () => number;
  readonly #format: Format;
  readonly #counters;
  readonly #histograms;
  readonly #requests;
  readonly #sizes;
  #offset = 0;

  constructor(random: () => number, format: Format) {
    this.#random = random;
    this.#format = format;
    this.recorder = new Recorder({ onWarning: () => {}, clock: { now: () => Date.now() + this.#offset } });
    this.#counters = Array.from({ length: counters }, (_, i) => this.recorder.counter(`c${i}`));
    this.#histograms = Array.from({ length: histograms }, (_, i) => this.recorder.histogram(`h${i}`));
    this.#requests = this.recorder.counter('requests', { tagNames: ['route'] });
    this.#sizes = this.recorder.histogram('sizes', { tagNames: ['route'] });
  }

  #pick(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** Records a few times. */
  work(): void {
    for (let i = 0; i < 6; i++) {
      const route = `r${this.#pick(routes)}`;
      const times = 1 + this.#pick(4);
      // Two digits: each is the edge of a bin.
      const value = (10 + this.#pick(20)) * 10 ** this.#pick(2);
      switch (this.#pick(4)) {
        case 0: {
          const at = this.#pick(counters);
          this.#counters[at]?.add(times);
          this.#account({ name: `c${at}`, route: '', times });
          break;
        }
        case 1: {
          const at = this.#pick(histograms);
          this.#histograms[at]?.record(value, times);
          this.#account({ name: `h${at}`, route: '', times, value });
          break;
        }
        case 2:
          this.#requests.with({ route }).add(times);
          this.#account({ name: 'requests', route, times });
          break;
        default:
          this.#sizes.with({ route }).record(value, times);
          this.#account({ name: 'sizes', route, times, value });
      }
    }
  }

  /** Ends series, whose differences are still to be delivered. Totals of an ended series are gone. */
  end(): void {
    const route = `r${this.#pick(routes)}`;
    [
      () => this.#requests.remove({ route }),
      () => this.#sizes.remove({ route }),
      () => this.#counters[this.#pick(counters)]?.clear(),
      () => this.#histograms[this.#pick(histograms)]?.clear(),
    ][this.#pick(4)]?.();
  }

  /** Sets the recorder's clock: by milliseconds or by hours, back or forth. */
  stepClock(): void {
    this.clockSteps++;
    const most = [5, 1_000, 7_200_000][this.#pick(3)] ?? 0;
    this.#offset = (this.#random() - 0.5) * 2 * most;
  }

  #account(recorded: Parameters<Format['expected']>[0]): void {
    for (const [key, amount] of this.#format.expected(recorded))
      this.recorded.set(key, (this.recorded.get(key) ?? 0) + amount);
  }
}
