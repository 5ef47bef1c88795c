import { nowhere } from './cells.js';
import { Handle } from './handle.js';
import type { GaugeType } from './metric.js';
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
class DoubleGauge extends Handle implements Gauge<number> {
  // Not `#` fields: V8 takes about twice as long to reach those.
  private cells: Float64Array;
  private at: number;

  constructor(series: Series) {
    super(series);
    this.cells = series.store as Float64Array;
    this.at = series.at;
  }

  set(value: number): void {
    const { cells, at } = this;
    const before = cells[at]!;
    // A finite number less itself is 0; NaN and ±Infinity are not. V8 takes half the time of Number.isFinite.
    if (typeof value === 'number' && value - value === 0 && before - before === 0) cells[at] = value;
    else this.setSlowly(value);
  }

  add(n: number): void {
    // A bigint and a number do not add up.
    const sum = typeof n === 'number' ? this.cells[this.at]! + n : absent;
    if (Number.isFinite(sum)) this.cells[this.at] = sum;
    else if (!Number.isFinite(n)) this.refuse(n);
    else if (this.cells === nowhere) this.revive().add(n);
    // Null stays null; an overflow to ±Infinity is refused.
    else if (!Number.isNaN(sum)) this.setSlowly(sum);
  }

  get value(): number | null {
    return seriesValue(this.series) as number | null;
  }

  clear(): void {
    if (!this.series.ended) this.set(0);
  }

  /** Out of line, so that `set` stays small enough to be inlined. A finite bigint is taken as a number. */
  private setSlowly(value: unknown): void {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (this.cells === nowhere) {
      this.revive().set(number as number);
    } else if (Number.isFinite(number)) {
      this.cells[this.at] = number as number;
    } else {
      this.unset();
      this.refuse(value);
    }
  }

  /** Makes it null. */
  unset(): void {
    this.cells[this.at] = absent;
  }

  attach(): void {
    this.cells = this.series.store as Float64Array;
    this.at = this.series.at;
  }

  detach(): boolean {
    const attached = this.cells !== nowhere;
    this.cells = nowhere;
    this.at = 0;
    return attached;
  }
}

/** A gauge of any integer type: one cell for 32 bits; for 64 bits one of bigint, and one that says whether it is null. */
class IntegerGauge<Value extends number | bigint> extends Handle implements Gauge<Value> {
  #cells: Float64Array;
  #integers: BigInt64Array | BigUint64Array | undefined;
  readonly #min: bigint;
  readonly #max: bigint;

  constructor(series: Series) {
    super(series);
    const type = series.type as GaugeType;
    this.#cells = series.store as Float64Array;
    this.#integers = integersOf(this.#cells, type);
    const bits = type.endsWith('64') ? 64n : 32n;
    const unsigned = type.startsWith('u');
    this.#min = unsigned ? 0n : -(1n << (bits - 1n));
    this.#max = (1n << (unsigned ? bits : bits - 1n)) - 1n;
  }

  set(value: Value | number): void {
    const integer = toInteger(value);
    if (this.#cells === nowhere) {
      this.revive().set(value);
    } else if (integer !== undefined && integer >= this.#min && integer <= this.#max) {
      this.#store(integer);
    } else {
      this.unset();
      this.refuse(value);
    }
  }

  add(n: Value | number): void {
    const integer = toInteger(n);
    const now = this.value;
    if (integer === undefined) this.refuse(n);
    else if (this.#cells === nowhere) this.revive().add(n);
    // Exact, because bigints do not overflow; the range is checked by `set`.
    else if (now !== null) this.set((BigInt(now) + integer) as Value);
  }

  get value(): Value | null {
    return seriesValue(this.series) as Value | null;
  }

  clear(): void {
    if (!this.series.ended) this.set(0);
  }

  #store(integer: bigint): void {
    const { at } = this.series;
    if (this.#integers === undefined) {
      this.#cells[at] = Number(integer);
    } else {
      this.#integers[at] = integer;
      this.#cells[at + 1] = 0;
    }
  }

  /** Makes it null. */
  unset(): void {
    this.#cells[this.series.at + gaugeCells(this.series.type) - 1] = absent;
  }

  attach(): void {
    this.#cells = this.series.store as Float64Array;
    this.#integers = integersOf(this.#cells, this.series.type as GaugeType);
  }

  detach(): boolean {
    const attached = this.#cells !== nowhere;
    this.#cells = nowhere;
    return attached;
  }
}

/** The handle of a gauge's series. */
export function gaugeHandle(series: Series): Handle & Gauge<number | bigint> {
  return series.type === 'double' ? new DoubleGauge(series) : new IntegerGauge(series);
}

function seriesValue({ ended, store, at, type }: Series): number | bigint | null {
  return ended ? null : gaugeValue(store as Float64Array, at, type as GaugeType);
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
