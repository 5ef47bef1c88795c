import { type Bin, type BinCount, binEdge, binOfKey, keyOf, keyOfBin, keyOfScaled } from './bin.js';
import { type BucketMode, bucketSamples } from './buckets.js';
import { type DrawOptions, draw } from './draw.js';
import {
  type CellSource,
  type Extent,
  extentFor,
  findExtent,
  firstKey,
  MAIN_CELLS,
  MAX_COUNT,
  SUMS,
  total,
  walk,
  withExtent,
} from './extents.js';
import {
  bounds,
  countBetween,
  inverseQuantile,
  position,
  type QuantileOptions,
  quantiles,
  stddev,
  weigh,
} from './quantile.js';
import { binomial } from './sample.js';
import {
  decodeBase64,
  decodeBytes,
  encodeBase64,
  encodeBytes,
  encodeStrings,
  parseStrings,
} from './serialize.js';
import { FIRST_SLOT, SLOT_SHIFT, SLOTS, type Tables, tables } from './tables.js';

/** A first key from which no key is less than MAIN_CELLS away: there is no main extent. */
const NONE = 0x10000;

export class LogLinearHistogram {
  private readonly tables: Tables;
  private readonly source: CellSource | undefined;
  private list: readonly Extent[] = [];
  private main: Float64Array;
  private mainKey = NONE;

  constructor(source?: CellSource) {
    this.tables = tables();
    this.source = source;
    this.main = this.tables.double;
  }

  static over(
    extents: readonly Extent[],
    relocate: (cells: Float64Array) => Float64Array,
  ): LogLinearHistogram {
    const histogram = new LogLinearHistogram();
    histogram.adopt(extents.map(({ sign, first, cells }) => ({ sign, first, cells: relocate(cells) })));
    return histogram;
  }

  get extents(): readonly Extent[] {
    return this.list;
  }

  record(value: number, count = 1): number {
    if (typeof value === 'number' && typeof count === 'number' && count >>> 0 === count) {
      const { slots, edges, double, upper } = this.tables;
      double[0] = value;
      const bits = upper[0]!;
      const slot = ((bits & 0x7fffffff) >> SLOT_SHIFT) - FIRST_SLOT;
      if (slot >>> 0 < SLOTS) {
        const candidate = slots[slot]!;
        const key = candidate - +(Math.abs(value) < edges[candidate]!) + ((bits >> 31) & 32760);
        const at = key - this.mainKey;
        if (at >>> 0 < MAIN_CELLS - SUMS) {
          const cells = this.main;
          const before = cells[at + SUMS]!;
          const after = before + count;
          if (after <= MAX_COUNT) {
            cells[at + SUMS] = after;
            cells[at & (SUMS - 1)]! += value * count;
            return count;
          }
        }
      }
    }
    return this.recordAnywhere(value, count);
  }

  recordScaled(integer: number | bigint, scale: number, count = 1): number {
    const key = keyOfScaled(integer, scale);
    return this.add(key, count, key < 0 ? 0 : Number(`${integer}e${scale}`));
  }

  remove(value: number, count = 1): number {
    const key = typeof value === 'number' && isCount(count) ? keyOf(value) : -1;
    const extent = key < 0 ? undefined : findExtent(this.list, key);
    if (extent === undefined) return 0;
    const { cells } = extent;
    const at = key - firstKey(extent) + SUMS;
    const taken = Math.min(count, cells[at]!);
    cells[at]! -= taken;
    cells[0]! -= value * taken;
    return taken;
  }

  get count(): number {
    return Math.min(total(this.list), MAX_COUNT);
  }

  get recordedSum(): number | undefined {
    let sum = 0;
    for (const { cells } of this.list) for (let at = 0; at < SUMS; at++) sum += cells[at]!;
    return Number.isNaN(sum) ? undefined : sum;
  }

  sum(): number {
    return weigh(this.list, (x) => x);
  }

  mean(): number {
    return this.sum() / total(this.list);
  }

  stddev(): number {
    return stddev(this.list);
  }

  moment(k: number): number {
    return weigh(this.list, (x) => x ** k) / total(this.list) ** k;
  }

  quantile(q: number, options?: QuantileOptions): number;
  quantile(q: readonly number[], options?: QuantileOptions): number[];
  quantile(q: number | readonly number[], options?: QuantileOptions): number | number[] {
    const type = options?.type ?? 1;
    return typeof q === 'number' ? quantiles(this.list, [q], type)[0]! : quantiles(this.list, q, type);
  }

  inverseQuantile(x: number): number {
    return inverseQuantile(this.list, x);
  }

  countBelow(x: number, options?: { readonly inclusive?: boolean }): number {
    return countBetween(this.list, -Infinity, positionOf(x) - (options?.inclusive === false ? 1 : 0));
  }

  countAbove(x: number, options?: { readonly inclusive?: boolean }): number {
    return countBetween(this.list, positionOf(x) + (options?.inclusive === false ? 1 : 0), Infinity);
  }

  countNear(x: number): number {
    const at = positionOf(x);
    return countBetween(this.list, at, at);
  }

  merge(other: LogLinearHistogram): this {
    const sum = other.recordedSum ?? Number.NaN;
    walk(other.list, (key, count) => {
      this.add(key, count, 0);
    });
    if (this.list.length > 0) this.list[0]!.cells[0]! += sum;
    return this;
  }

  subtract(other: LogLinearHistogram): boolean {
    const sum = other.recordedSum ?? Number.NaN;
    let enough = true;
    walk(other.list, (key, count) => {
      const extent = findExtent(this.list, key);
      const at = extent === undefined ? 0 : key - firstKey(extent) + SUMS;
      const before = extent?.cells[at] ?? 0;
      if (before < count) enough = false;
      if (extent !== undefined) extent.cells[at] = Math.max(0, before - count);
    });
    if (this.list.length > 0) this.list[0]!.cells[0]! -= enough ? sum : Number.NaN;
    return enough;
  }

  clamp(lower: number, upper: number): this {
    this.rewrite((key, count) => {
      const [from, to] = key === 0 ? [0, 0] : bounds(key);
      return upper < from || lower > to ? 0 : count;
    });
    return this;
  }

  compress(mbe: number): this {
    const moved: [number, number][] = [];
    walk(this.list, (key, count) => {
      const { val, exp } = binOfKey(key);
      if (exp < mbe) moved.push([0, count]);
      else moved.push([exp === mbe ? keyOfBin(Math.trunc(val / 10) * 10, exp) : key, count]);
    });
    const sum = this.recordedSum ?? Number.NaN;
    this.clear();
    for (const [key, count] of moved) this.add(key, count, 0);
    if (this.list.length > 0) this.list[0]!.cells[0] = sum;
    return this;
  }

  downsample(factor: number, random: () => number = Math.random): this {
    const p = Math.min(Math.max(factor, 0), 1);
    this.rewrite((_, count) => binomial(count, p, random));
    return this;
  }

  clone(): LogLinearHistogram {
    return LogLinearHistogram.over(this.list, (cells) => cells.slice());
  }

  clear(): void {
    for (const { cells } of this.list) cells.fill(0);
  }

  equals(other: LogLinearHistogram): boolean {
    return this.clone().subtract(other) && other.clone().subtract(this);
  }

  *bins(): IterableIterator<BinCount> {
    const found: BinCount[] = [];
    walk(this.list, (key, count) => {
      const bin: Bin = binOfKey(key);
      found.push({ ...bin, edge: binEdge(bin), count });
    });
    yield* found;
  }

  toBytes(): Uint8Array {
    return encodeBytes(this.list);
  }

  toBase64(): string {
    return encodeBase64(this.toBytes());
  }

  toStrings(): string[] {
    return encodeStrings(this.list);
  }

  toString(options?: DrawOptions): string {
    return draw(this.list, options);
  }

  static fromBytes(bytes: Uint8Array): LogLinearHistogram {
    return LogLinearHistogram.from(decodeBytes(bytes));
  }

  static fromBase64(text: string): LogLinearHistogram {
    return LogLinearHistogram.fromBytes(decodeBase64(text));
  }

  static fromStrings(strings: Iterable<string>): LogLinearHistogram {
    return LogLinearHistogram.from(parseStrings(strings));
  }

  static fromBuckets(
    bounds: readonly number[],
    counts: readonly number[],
    mode: BucketMode = 'mid',
  ): LogLinearHistogram {
    return LogLinearHistogram.from(bucketSamples(bounds, counts, mode));
  }

  private static from(entries: Iterable<readonly [key: number, count: number]>): LogLinearHistogram {
    const histogram = new LogLinearHistogram();
    for (const [key, count] of entries) histogram.add(key, count, Number.NaN);
    return histogram;
  }

  private recordAnywhere(value: number, count: number): number {
    return typeof value === 'number' ? this.add(keyOf(value), count, value) : 0;
  }

  private add(key: number, count: number, value: number): number {
    if (key < 0 || !isCount(count) || count === 0) return 0;
    let extent = findExtent(this.list, key);
    if (extent === undefined) {
      extent = extentFor(this.list, key, this.source);
      this.adopt(withExtent(this.list, extent));
    }
    const { cells } = extent;
    const at = key - firstKey(extent);
    const before = cells[at + SUMS]!;
    const taken = Math.min(count, MAX_COUNT - before);
    cells[at + SUMS] = before + taken;
    cells[at & (SUMS - 1)]! += value * taken;
    return taken;
  }

  private adopt(extents: readonly Extent[]): void {
    this.list = extents;
    const main = extents.find((extent) => extent.cells.length === MAIN_CELLS);
    if (main !== undefined) {
      this.main = main.cells;
      this.mainKey = firstKey(main);
    }
  }

  private rewrite(change: (key: number, count: number) => number): void {
    let changed = false;
    walk(this.list, (key, count) => {
      const now = change(key, count);
      if (now === count) return;
      const extent = findExtent(this.list, key)!;
      extent.cells[key - firstKey(extent) + SUMS] = now;
      changed = true;
    });
    if (changed) this.list[0]!.cells[0] = Number.NaN;
  }
}

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 0;
}

/** Where a value's bin is on the real axis; beyond all bins for what has none, NaN for NaN. */
function positionOf(x: number): number {
  const key = keyOf(x);
  return key < 0 ? x * Infinity : position(key);
}
