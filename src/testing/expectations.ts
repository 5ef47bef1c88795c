import { LogLinearHistogram } from '../histogram/index.js';
import type { Received, TagFilter } from './memory.js';

/** How many series a message lists. */
const listed = 10;

/** What is expected of a counter. */
export type CounterExpectation = ValueExpectation<number>;

/** What is expected of one value. Every method returns the same object, or throws an `Error` that says what there is. */
export class ValueExpectation<Value> {
  readonly #what: string;
  readonly #all: readonly Received[];
  /** What was delivered; `undefined` where nothing fits. */
  readonly value: Value | undefined;

  /** @internal */
  constructor(
    kind: string,
    name: string,
    tags: TagFilter,
    value: Value | undefined,
    all: readonly Received[],
  ) {
    this.#what = `${kind} ${name}${textOf(tags)}`;
    this.#all = all;
    this.value = value;
  }

  /** @internal For what cannot be added up. */
  static ofOne<Value>(
    kind: string,
    name: string,
    tags: TagFilter,
    found: readonly Received[],
    all: readonly Received[],
  ): ValueExpectation<Value> {
    if (found.length > 1)
      throw new Error(`${found.length} series fit ${kind} ${name}${textOf(tags)}:${list(found)}`);
    return new ValueExpectation(kind, name, tags, found[0]?.value as Value | undefined, all);
  }

  /** It was delivered, and is exactly this. */
  toBe(expected: Value): this {
    return this.#check(Object.is(this.value, expected), `to be ${shown(expected)}`);
  }

  /** It was delivered, and is this or more. */
  toBeAtLeast(expected: Value): this {
    return this.#check(this.#compare(expected) >= 0, `to be at least ${shown(expected)}`);
  }

  /** It was delivered, and is this or less. */
  toBeAtMost(expected: Value): this {
    return this.#check(this.#compare(expected) <= 0, `to be at most ${shown(expected)}`);
  }

  /** Nothing of it was delivered. */
  toBeAbsent(): this {
    return this.#check(this.value === undefined, 'to be absent');
  }

  /** Below, at or above 0 as the value is to `expected`; NaN where there is none. */
  #compare(expected: Value): number {
    const { value } = this;
    if (value === undefined || value === null || expected === undefined || expected === null)
      return Number.NaN;
    return value < expected ? -1 : value > expected ? 1 : 0;
  }

  #check(holds: boolean, expectation: string): this {
    if (!holds) fail(this.#what, expectation, this.value, this.#all);
    return this;
  }
}

/** What is expected of a histogram. */
export class HistogramExpectation {
  readonly #what: string;
  readonly #all: readonly Received[];
  /** What was delivered, merged; empty where nothing fits. */
  readonly value: LogLinearHistogram;

  /** @internal */
  constructor(name: string, tags: TagFilter, found: readonly Received[], all: readonly Received[]) {
    this.#what = `histogram ${name}${textOf(tags)}`;
    this.#all = all;
    this.value = new LogLinearHistogram();
    for (const { value } of found) this.value.merge(value as LogLinearHistogram);
  }

  /** It has exactly so many samples; 0 also where nothing of it was delivered. */
  toHaveCount(expected: number): this {
    return this.#check(this.value.count === expected, `to have ${expected} samples`);
  }

  /** All its samples are from `lower` to `upper`, as far as bins can tell. */
  toBeWithin(lower: number, upper: number): this {
    const { value } = this;
    const outside =
      value.countBelow(lower, { inclusive: false }) + value.countAbove(upper, { inclusive: false });
    return this.#check(value.count > 0 && outside === 0, `to be within ${lower} and ${upper}`);
  }

  #check(holds: boolean, expectation: string): this {
    if (!holds) fail(this.#what, expectation, this.value, this.#all);
    return this;
  }
}

function fail(what: string, expectation: string, value: unknown, all: readonly Received[]): never {
  const name = what.split(/[ {]/)[1] ?? '';
  const own = name.split('.').at(-1) as string;
  const near = all.filter((one) => one.name === name || one.name.split('.').at(-1) === own);
  const there = near.length > 0 ? near : all;
  const other = all.find((one) => one.name === name && one.kind !== what.split(' ')[0]);
  const missing = other === undefined ? 'nothing was delivered of it' : `it is a ${other.kind}`;
  const empty = value === undefined || (value instanceof LogLinearHistogram && value.count === 0);
  const had = empty ? missing : `it is ${shown(value)}`;
  throw new Error(`Expected ${what} ${expectation}, but ${had}. Delivered:${list(there)}`);
}

function list(series: readonly Received[]): string {
  if (series.length === 0) return ' nothing.';
  const lines = series
    .slice(0, listed)
    .map(({ kind, name, tags, value }) => `\n  ${kind} ${name}${textOf(tags)} ${shown(value)}`);
  return lines.join('') + (series.length > listed ? `\n  and ${series.length - listed} more` : '');
}

function textOf(tags: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(tags).map(([category, value]) => `${category}=${String(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
}

function shown(value: unknown): string {
  if (value instanceof LogLinearHistogram) return `${value.count} samples`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
