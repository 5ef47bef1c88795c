/** Chance that repeats itself: the same seed gives the same run of numbers. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** At least 0, less than 1, all alike. (Mulberry32.) */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Half of the values lie below the median; the larger the spread, the further they scatter. */
  logNormal(median: number, spread: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return median * Math.exp(spread * radius * Math.cos(2 * Math.PI * this.uniform()));
  }

  /** 1 or more, now and then much more: the factor of a long tail. */
  pareto(shape: number): number {
    return (1 - this.uniform()) ** (-1 / shape);
  }

  /** How long to wait for the next of many independent events, when they come this far apart on average. */
  interval(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }
}
