import { LogLinearHistogram } from '../histogram/index.js';

/** Each part is of ten seconds, in milliseconds; the newest is being filled. */
const length = 10_000;
const parts = 7;

/** The samples of the last 60 to 70 seconds: whoever reads once a minute has seen all, and takes nothing from others. */
export class RecentSamples {
  readonly #parts = Array.from({ length: parts }, () => new LogLinearHistogram());
  #newest = 0;
  #since: number;

  /** @param now milliseconds of a clock that never goes back, as `moveTo`'s */
  constructor(now: number) {
    this.#since = now;
  }

  /** Drops what is too old. Call it before recording. */
  moveTo(now: number): void {
    const passed = Math.floor((now - this.#since) / length);
    if (passed === 0) return;
    this.#since += passed * length;
    for (let i = 0; i < Math.min(passed, parts); i++) {
      this.#newest = (this.#newest + 1) % parts;
      this.#parts[this.#newest]?.clear();
    }
  }

  record(value: number, count: number): void {
    this.#parts[this.#newest]?.record(value, count);
  }

  /** All of them in one. */
  merged(): LogLinearHistogram {
    const all = new LogLinearHistogram();
    for (const part of this.#parts) all.merge(part);
    return all;
  }
}
