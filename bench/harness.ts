import { createRequire } from 'node:module';
import process from 'node:process';

/** One way to do what the others in the race do, too. */
export interface Party {
  readonly name: string;
  /** Does the work once, all operations of it. A loop of its own, so that it is compiled for this party alone. */
  readonly run: () => void;
  /** Called after each race: says what is wrong with what the party recorded, and nothing if all is well. */
  readonly check?: () => string | undefined;
}

/** A limit that the documentation promises. */
export interface Limit {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** How many times `slower` the time of a party may, or must, be the time of another. */
export interface RatioLimit extends Limit {
  /** The party whose time is divided … */
  readonly time: string;
  /** … by the time of this one. */
  readonly by: string;
}

export interface Race {
  readonly title: string;
  /** Operations in one run. */
  readonly operations: number;
  readonly parties: readonly Party[];
  readonly limits?: readonly RatioLimit[];
  /** Measured rounds; each party runs once a round. 41 if not given. */
  readonly rounds?: number;
}

const require = createRequire(import.meta.url);

/** Runs races and states figures; remembers whether a promise was broken. */
export class Bench {
  broken = 0;
  /** Only what is printed, for whoever wants it: time of an operation in nanoseconds by party. */
  readonly medians: Map<string, number> = new Map();

  constructor() {
    console.log(`Node ${process.version}, V8 ${process.versions.v8}, ${process.platform} ${process.arch}`);
  }

  /** Says which versions of the parties take part. */
  versions(...packages: readonly string[]): void {
    console.log(packages.map((name) => `${name} ${versionOf(name)}`).join(', '));
  }

  section(title: string): void {
    console.log(`\n${title}\n${'─'.repeat(title.length)}`);
  }

  /**
   * Lets parties take turns, in another order each round, so that whatever else the machine does hits all alike.
   * Ratios are medians of the ratios within a round; the spread is that of the middle half of the rounds.
   */
  race({ title, operations, parties, limits = [], rounds = 41 }: Race): void {
    for (let i = 0; i < 6; i++) for (const { run } of parties) run();
    const times = parties.map(() => new Float64Array(rounds));
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < parties.length; i++) {
        const turn = (i + round) % parties.length;
        const start = performance.now();
        parties[turn]!.run();
        times[turn]![round] = ((performance.now() - start) * 1e6) / operations;
      }
    }
    console.log(`\n${title}`);
    const width = Math.max(...parties.map(({ name }) => name.length));
    for (const [i, { name, check }] of parties.entries()) {
      const median = quantile(times[i]!, 0.5);
      const spread = (quantile(times[i]!, 0.75) - quantile(times[i]!, 0.25)) / 2 / median;
      this.medians.set(name, median);
      const wrong = check?.();
      if (wrong !== undefined) this.broken++;
      const time = formatTime(median).padStart(11);
      console.log(
        `  ${name.padEnd(width)} ${time} ± ${(spread * 100).toFixed(0).padStart(2)} %${wrong ? `   WRONG: ${wrong}` : ''}`,
      );
    }
    for (const limit of limits) {
      const above = parties.findIndex(({ name }) => name === limit.time);
      const below = parties.findIndex(({ name }) => name === limit.by);
      const ratios = times[above]!.map((time, round) => time / times[below]![round]!);
      this.figure(`${limit.time} / ${limit.by}`, quantile(ratios, 0.5), '×', limit);
    }
  }

  /** States a figure and whether it keeps within its limit. */
  figure(label: string, value: number, unit: string, limit: Limit = {}): void {
    const over =
      value > (limit.atMost ?? Infinity) || value < (limit.atLeast ?? -Infinity) || Number.isNaN(value);
    if (over) this.broken++;
    const promised = [
      limit.atMost === undefined ? '' : `at most ${limit.atMost}`,
      limit.atLeast === undefined ? '' : `at least ${limit.atLeast}`,
    ].join('');
    const verdict = promised === '' ? '' : `   ${promised.padEnd(14)} ${over ? 'OVER' : 'ok'}`;
    console.log(`  ${label.padEnd(44)} ${formatNumber(value).padStart(9)} ${unit.padEnd(2)}${verdict}`);
  }
}

/** The version of an installed package. */
export function versionOf(name: string): string {
  for (const path of require.resolve.paths(name) ?? []) {
    try {
      return (require(`${path}/${name}/package.json`) as { version: string }).version;
    } catch {
      // Not in this directory; perhaps in the next one up.
    }
  }
  return 'unknown';
}

/** mulberry32: reproducible numbers from 0 to below 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normally distributed numbers, by Box and Muller. */
export function normal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function quantile(values: Float64Array, q: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.round(q * (sorted.length - 1))]!;
}

function formatTime(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(2)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} µs`;
  return `${(nanoseconds / 1e6).toFixed(2)} ms`;
}

function formatNumber(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}
