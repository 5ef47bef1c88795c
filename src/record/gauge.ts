import type { GaugeType } from './metric.js';
import type { Registry } from './registry.js';
import type { Series } from './series.js';

/**
 * A value that goes up and down. `Value` is `bigint` for the types `int64` and `uint64`, which are kept exactly,
 * and `number` for the others. It has no value (null) from the moment that it is set to something that its type
 * cannot hold until the next `set`.
 */
export interface Gauge<Value extends number | bigint = number> {
  /**
   * Sets the value. NaN, ±Infinity, and what is out of the type's range or has a fraction where the type has none,
   * make it null and are counted under `value`. Never throws.
   */
  set(value: Value | number): void;

  /**
   * Adds to the value. What is not a finite number is ignored and counted; a result that the type cannot hold makes
   * the gauge null. Null stays null. Never throws.
   * @param n may be negative
   */
  add(n: Value | number): void;

  /** The value as last set; null while it has none. */
  readonly value: Value | null;

  /** Back to 0, as when it was made. */
  clear(): void;
}

/** NaN in a cell means null: no gauge can be set to it. */
const absent = Number.NaN;

/** A gauge of type `double`: one cell. */
class DoubleGauge implements Gauge<number> {
  readonly #registry: Registry;
  // Not `#` fields: V8 takes about twice as long to reach those.
  private readonly cells: Float64Array;
  private readonly at: number;

  constructor(registry: Registry, series: Series) {
    this.#registry = registry;
    this.cells = series.store as Float64Array;
    this.at = series.at;
  }

  set(value: number): void {
    // A finite number less itself is 0; NaN and ±Infinity are not. V8 takes half the time of Number.isFinite.
    if (typeof value === 'number' && value - value === 0) this.cells[this.at] = value;
    else this.refuse(value);
  }

  add(n: number): void {
    if (!Number.isFinite(n)) {
      this.#registry.tally.refuse('value');
      return;
    }
    const sum = this.cells[this.at]! + n;
    // A finite sum, or null that stays null; only an overflow to ±Infinity is refused.
    this.cells[this.at] = sum;
    if (sum === Number.POSITIVE_INFINITY || sum === Number.NEGATIVE_INFINITY) this.refuse(sum);
  }

  get value(): number | null {
    return gaugeValue(this.cells, this.at, 'double') as number | null;
  }

  clear(): void {
    this.cells[this.at] = 0;
  }

  /** Out of line, so that `set` stays small enough to be inlined. A finite bigint is taken as a number. */
  private refuse(value: unknown): void {
    if (typeof value === 'bigint' && Number.isFinite(Number(value))) {
      this.cells[this.at] = Number(value);
      return;
    }
    this.unset();
    this.#registry.tally.refuse('value');
  }

  /** Makes it null. */
  unset(): void {
    this.cells[this.at] = absent;
  }
}

/** A gauge of any integer type: one cell for 32 bits; for 64 bits one of bigint, and one that says whether it is null. */
class IntegerGauge<Value extends number | bigint> implements Gauge<Value> {
  readonly #registry: Registry;
  readonly #cells: Float64Array;
  readonly #integers: BigInt64Array | BigUint64Array | undefined;
  readonly #at: number;
  readonly #type: GaugeType;
  readonly #min: bigint;
  readonly #max: bigint;

  constructor(registry: Registry, series: Series) {
    this.#registry = registry;
    this.#cells = series.store as Float64Array;
    this.#at = series.at;
    this.#type = series.type ?? 'int64';
    this.#integers = integersOf(this.#cells, this.#type);
    const bits = this.#type.endsWith('64') ? 64n : 32n;
    const unsigned = this.#type.startsWith('u');
    this.#min = unsigned ? 0n : -(1n << (bits - 1n));
    this.#max = (1n << (unsigned ? bits : bits - 1n)) - 1n;
  }

  set(value: Value | number): void {
    const integer = toInteger(value);
    if (integer !== undefined && integer >= this.#min && integer <= this.#max) this.#store(integer);
    else this.#refuse();
  }

  add(n: Value | number): void {
    const integer = toInteger(n);
    const now = this.value;
    if (integer === undefined) this.#registry.tally.refuse('value');
    // Exact, because bigints do not overflow; the range is checked by `set`.
    else if (now !== null) this.set((BigInt(now) + integer) as Value);
  }

  get value(): Value | null {
    return gaugeValue(this.#cells, this.#at, this.#type) as Value | null;
  }

  clear(): void {
    this.#store(0n);
  }

  #store(integer: bigint): void {
    if (this.#integers === undefined) {
      this.#cells[this.#at] = Number(integer);
    } else {
      this.#integers[this.#at] = integer;
      this.#cells[this.#at + 1] = 0;
    }
  }

  #refuse(): void {
    this.unset();
    this.#registry.tally.refuse('value');
  }

  /** Makes it null. */
  unset(): void {
    this.#cells[this.#integers === undefined ? this.#at : this.#at + 1] = absent;
  }
}

/** The handle of a gauge's series. */
export function gaugeHandle(registry: Registry, series: Series): Gauge<number | bigint> {
  return series.type === 'double' ? new DoubleGauge(registry, series) : new IntegerGauge(registry, series);
}

function toInteger(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return Number.isInteger(value) ? BigInt(value as number) : undefined;
}

/** The view of a block's cells as 64-bit integers, where the type needs one. */
function integersOf(cells: Float64Array, type: GaugeType): BigInt64Array | BigUint64Array | undefined {
  if (type === 'int64') return new BigInt64Array(cells.buffer, cells.byteOffset, cells.length);
  if (type === 'uint64') return new BigUint64Array(cells.buffer, cells.byteOffset, cells.length);
  return undefined;
}

/** How many cells a gauge of this type takes, or, without a type, a counter. */
export function gaugeCells(type: GaugeType | undefined): number {
  return type?.endsWith('64') ? 2 : 1;
}

/** What a gauge's cells say, in a block or in a copy of one. */
export function gaugeValue(cells: Float64Array, at: number, type: GaugeType): number | bigint | null {
  const integers = integersOf(cells, type);
  const number = cells[integers === undefined ? at : at + 1]!;
  if (Number.isNaN(number)) return null;
  return integers === undefined ? number : integers[at]!;
}
