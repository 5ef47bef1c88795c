import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';

/** One way to do what the others in the race do, too. */
export interface Party {
  readonly name: string;
  /** Does the work once, all operations of it. A loop of its own, so that it is compiled for this party alone. */
  readonly run: () => void;
  /** Called after the race: says what is wrong with what the party recorded, and nothing if all is well. */
  readonly check?: () => string | undefined;
}

/** One whose work is over when a promise settles. */
export interface AsyncParty extends Omit<Party, 'run'> {
  readonly run: () => Promise<unknown>;
}

/** A limit that the documentation promises. */
export interface Limit {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** The time of a party by that of another: how many times that may, or must, be, or only that it is printed. */
export interface RatioLimit extends Limit {
  /** The party whose time is divided … */
  readonly time: string;
  /** … by the time of this one. */
  readonly by: string;
}

export interface Race<OneParty = Party> {
  readonly title: string;
  /** Operations in one run. */
  readonly operations: number;
  readonly parties: readonly OneParty[];
  readonly limits?: readonly RatioLimit[];
  /** Measured rounds; each party runs once a round. 41 if not given. */
  readonly rounds?: number;
}

/** What was printed of one bench. */
export interface Section {
  readonly title: string;
  /** In words, what of the figures cannot be compared. */
  readonly remarks: string;
  readonly lines: string[];
}

/** Nanoseconds an operation, of each round, by party. */
type Times = readonly Float64Array[];

const defaultRounds = 41;
const warmUps = 6;

const require = createRequire(import.meta.url);

/** On what the benches run. */
export const machine: string =
  `Node ${process.version}, V8 ${process.versions.v8}, ${process.platform} ${process.arch}, ` +
  `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`;

/** What there is to say once a bench is over. */
export interface Outcome {
  readonly section: Section;
  /** How many promises were broken. */
  readonly broken: number;
  /** The versions of all parties, by name. */
  readonly parties: readonly (readonly [name: string, version: string])[];
}

/** Runs races and states figures; remembers what it said, and whether a promise was broken. */
export class Bench {
  broken = 0;
  readonly #section: Section;
  readonly #parties = new Map<string, string>();

  /** @param remarks in words, what of the figures cannot be compared */
  constructor(title: string, remarks: string) {
    this.#section = { title, remarks, lines: [] };
    console.log(`\n${title}\n${'─'.repeat(title.length)}`);
  }

  outcome(): Outcome {
    return { section: this.#section, broken: this.broken, parties: [...this.#parties] };
  }

  /** Prints lines, which are in the section's results as well. */
  say(text = ''): void {
    console.log(text);
    this.#section.lines.push(...text.split('\n'));
  }

  /** Says which versions of the parties take part. */
  versions(...packages: readonly string[]): void {
    for (const name of packages) this.#parties.set(name, versionOf(name));
    this.say(packages.map((name) => `${name} ${this.#parties.get(name)}`).join(', '));
  }

  /** Lets parties take turns and prints their times and ratios. Gives nanoseconds an operation, by party. */
  race(race: Race): ReadonlyMap<string, Float64Array> {
    return this.#finish(race, turns(race.parties, race.operations, race.rounds));
  }

  /** The same with parties whose work is asynchronous. */
  async raceAsync(race: Race<AsyncParty>): Promise<ReadonlyMap<string, Float64Array>> {
    return this.#finish(race, await asyncTurns(race.parties, race.operations, race.rounds));
  }

  /** States a figure and whether it keeps within its limit; of several, their median and how far they spread. */
  figure(label: string, values: number | Iterable<number>, unit: string, limit: Limit = {}): void {
    const value = typeof values === 'number' ? values : median(values);
    const over =
      value > (limit.atMost ?? Infinity) || value < (limit.atLeast ?? -Infinity) || Number.isNaN(value);
    if (over) this.broken++;
    const promised = [
      limit.atMost === undefined ? '' : `at most ${limit.atMost}`,
      limit.atLeast === undefined ? '' : `at least ${limit.atLeast}`,
    ].join('');
    const verdict = promised === '' ? '' : `   ${promised.padEnd(15)} ${over ? 'OVER' : 'ok'}`;
    const about = (typeof values === 'number' ? '' : `± ${spread(values)}`).padEnd(7);
    const figure = `${formatNumber(value).padStart(9)} ${unit.padEnd(2)} ${about}`;
    this.say(`  ${label.padEnd(50)} ${figure}${verdict}`.trimEnd());
  }

  /** Says that something is not as it has to be. */
  wrong(what: string): void {
    this.broken++;
    this.say(`  WRONG: ${what}`);
  }

  /** Prints a table whose first column has names. */
  table(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
    this.say(`\n${title}\n`);
    for (const row of [header, ...rows]) {
      const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
      this.say(`  ${cells.join('   ')}`.trimEnd());
    }
  }

  /** Ratios are medians of the ratios within a round; spreads are those of the middle half of the rounds. */
  #finish(
    { title, parties, limits = [] }: Pick<Race<AsyncParty | Party>, 'title' | 'parties' | 'limits'>,
    times: Times,
  ): ReadonlyMap<string, Float64Array> {
    this.say(`\n${title}`);
    const width = Math.max(...parties.map(({ name }) => name.length));
    for (const [i, { name, check }] of parties.entries()) {
      const time = formatTime(median(times[i]!)).padStart(11);
      this.say(`  ${name.padEnd(width)} ${time} ± ${spread(times[i]!)}`);
      const wrong = check?.();
      if (wrong !== undefined) this.wrong(`${name}: ${wrong}`);
    }
    const byParty = new Map(parties.map(({ name }, i) => [name, times[i]!]));
    const labels = limits.map(({ time, by }) => `${time} / ${by}`);
    const longest = Math.max(...labels.map(({ length }) => length));
    for (const [i, limit] of limits.entries()) {
      const ratios = ratiosOf(byParty.get(limit.time)!, byParty.get(limit.by)!);
      this.figure(labels[i]!.padEnd(longest), ratios, '×', limit);
    }
    return byParty;
  }
}

/**
 * Lets parties take turns, in another order each round, so that whatever else the machine does hits all alike.
 * Gives nanoseconds an operation, of each round, by party.
 */
export function turns(parties: readonly Party[], operations: number, rounds = defaultRounds): Times {
  const times = parties.map(() => new Float64Array(rounds));
  for (let round = -warmUps; round < rounds; round++) {
    for (let i = 0; i < parties.length; i++) {
      const turn = (i + round + warmUps) % parties.length;
      const start = performance.now();
      parties[turn]!.run();
      if (round >= 0) times[turn]![round] = ((performance.now() - start) * 1e6) / operations;
    }
  }
  return times;
}

async function asyncTurns(
  parties: readonly AsyncParty[],
  operations: number,
  rounds = defaultRounds,
): Promise<Times> {
  const times = parties.map(() => new Float64Array(rounds));
  for (let round = -warmUps; round < rounds; round++) {
    for (let i = 0; i < parties.length; i++) {
      const turn = (i + round + warmUps) % parties.length;
      // So that nobody clears up after another.
      globalThis.gc?.({ type: 'minor' });
      const start = performance.now();
      await parties[turn]!.run();
      if (round >= 0) times[turn]![round] = ((performance.now() - start) * 1e6) / operations;
    }
  }
  return times;
}

/**
 * A loop made anew for each party, so that none is compiled for another's objects.
 * @param body one call; `i` counts them
 * @param scope what `body` refers to, by name
 */
export function loop(calls: number, body: string, scope: Readonly<Record<string, unknown>>): () => void {
  const names = Object.keys(scope);
  const make = new Function(
    ...names,
    `return function () { for (let i = 0; i < ${calls}; i++) { ${body} } }`,
  );
  return make(...names.map((name) => scope[name])) as () => void;
}

/**
 * A loop over 4,096 values, made anew for each party, which is given what it works on, as a handle comes from somewhere
 * in a program: the compiler cannot take it for a constant.
 * @param body one call; it has `own` and a `value`
 */
export function loopOver(body: string): (own: object, values: Float64Array, calls: number) => void {
  const code = `for (let i = 0; i < calls; i++) { const value = values[i & 4095]; ${body} }`;
  return new Function('own', 'values', 'calls', code) as ReturnType<typeof loopOver>;
}

/** The version of an installed package. */
function versionOf(name: string): string {
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

export function median(values: Iterable<number>): number {
  return quantile(values, 0.5);
}

/** Of each round, the one's time by the other's. */
export function ratiosOf(times: Float64Array, by: Float64Array): Float64Array {
  return times.map((time, round) => time / by[round]!);
}

function quantile(values: Iterable<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.round(q * (sorted.length - 1))]!;
}

/** Half of what the middle half of the values spans, of their median. */
function spread(values: Iterable<number>): string {
  const half = (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);
  return `${(half * 100).toFixed(0).padStart(2)} %`;
}

export function formatTime(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(2)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} µs`;
  return `${(nanoseconds / 1e6).toFixed(2)} ms`;
}

function formatNumber(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}
