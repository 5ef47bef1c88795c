import { DECADE, FIRST_SLOT, LAST_KEY, NO_KEY, referenceKey, SLOT_SHIFT, SLOTS, tables } from './tables.js';

/**
 * A bin of the log-linear histogram, as in libcircllhist: val/10 × 10^exp is its edge nearest zero, and it reaches
 * 10^exp / 10 further away from zero.
 */
export interface Bin {
  /** Value × 10: 10 … 99, −99 … −10, or 0 for the zero bin. */
  readonly val: number;
  /** Power of ten: −128 … 127; 0 for the zero bin. */
  readonly exp: number;
}

/** A bin that has samples. */
export interface BinCount extends Bin {
  /** The edge nearest zero, in the unit of the samples. */
  readonly edge: number;
  /** Samples in the bin: an integer from 1 to 2^53. */
  readonly count: number;
}

/** Added to the keys of negative bins: a whole number of decades, so that decades are found in one way for both signs. */
export const NEGATIVE: number = 364 * DECADE;

/**
 * The signed key of a value: 0 for the zero bin, 1 … LAST_KEY for positive bins by magnitude, the same plus NEGATIVE
 * for negative ones; −1 where nothing would be recorded.
 */
export function keyOf(value: number): number {
  const { powers, slots, edges, double, upper } = tables();
  double[0] = value;
  const bits = upper[0]!;
  const slot = ((bits & 0x7fffffff) >> SLOT_SHIFT) - FIRST_SLOT;
  if (slot < 0) return 0;
  if (slot >= SLOTS) return -1;
  let key = slots[slot]!;
  const magnitude = Math.abs(value);
  if (key > NO_KEY) key = referenceKey(powers, magnitude);
  else if (magnitude < edges[key]!) key--;
  return key > LAST_KEY ? -1 : key === 0 || bits >= 0 ? key : key + NEGATIVE;
}

/** The signed key of integer × 10^scale, by exact arithmetic; −1 where nothing would be recorded. */
export function keyOfScaled(integer: number | bigint, scale: number): number {
  if (!Number.isInteger(scale) || (typeof integer !== 'bigint' && !Number.isInteger(integer))) return -1;
  const near = Number(integer);
  // Below 1e12 a double is the integer, and further from the next edge than the reference's tolerance of 1e-14.
  if (near > -1e12 && near < 1e12) return shift(keyOf(near), scale);
  const digits = BigInt(integer).toString();
  const sign = near < 0 ? 1 : 0;
  // The reference divides by ten until two digits are left: the first two.
  const val = Number(digits.slice(sign, sign + 2));
  return shift(128 * DECADE + val - 9 + sign * NEGATIVE, scale + digits.length - sign - 1);
}

/** integer × 10^scale as the nearest double, where {@link keyOfScaled} has a key for it. */
export function valueOfScaled(integer: number | bigint, scale: number): number {
  const near = Number(integer);
  // Powers of ten up to 10^22 are exact, and so one operation on an exact integer rounds once.
  if (scale >= -22 && scale <= 22 && Math.abs(near) < 2 ** 53) {
    const power = tables().powers[128 + Math.abs(scale)]!;
    return scale < 0 ? near / power : near * power;
  }
  return Number(`${integer}e${scale}`);
}

/** Moves a signed key by powers of ten; what becomes too small is zero, what becomes too large is not recorded. */
function shift(key: number, scale: number): number {
  if (key <= 0) return key;
  const sign = key > LAST_KEY ? NEGATIVE : 0;
  const moved = key - sign + scale * DECADE;
  return moved > LAST_KEY ? -1 : moved < 1 ? 0 : moved + sign;
}

/** The bin of a signed key, 0 or more. */
export function binOfKey(key: number): Bin {
  if (key === 0) return { val: 0, exp: 0 };
  const sign = key > LAST_KEY ? -1 : 1;
  const index = (sign < 0 ? key - NEGATIVE : key) - 1;
  return { val: sign * (10 + (index % DECADE)), exp: Math.floor(index / DECADE) - 128 };
}

/** The signed key of a bin's numbers; −1 if they are not those of a bin. */
export function keyOfBin(val: number, exp: number): number {
  if (val === 0) return 0;
  const size = Math.abs(val);
  if (!(size >= 10 && size <= 99 && exp >= -128 && exp <= 127 && (val + exp) % 1 === 0)) return -1;
  return (exp + 128) * DECADE + size - 9 + (val < 0 ? NEGATIVE : 0);
}

/**
 * The bin that a value belongs to, exactly as libcircllhist finds it: values up to about 1e-14 (relative) below an
 * edge belong to the bin beyond the edge. Magnitudes below 1e-128 are in the zero bin.
 *
 * @returns undefined for what a histogram does not record: NaN, ±Infinity, and magnitudes of 1e128 and more
 */
export function binOf(value: number): Bin | undefined {
  const key = typeof value === 'number' ? keyOf(value) : -1;
  return key < 0 ? undefined : binOfKey(key);
}

/**
 * The bin of integer × 10^scale, by exact integer arithmetic: no rounding, no tolerance.
 *
 * @param integer any integer, number or bigint
 * @param scale a power of ten, an integer
 * @returns undefined where nothing would be recorded: 1e128 and more, and arguments that are not integers
 */
export function binOfScaled(integer: number | bigint, scale: number): Bin | undefined {
  const key = keyOfScaled(integer, scale);
  return key < 0 ? undefined : binOfKey(key);
}

/** 10^exp of a bin, NaN for what is not a bin. */
function power(bin: Bin): number {
  return keyOfBin(bin.val, bin.exp) < 0 ? Number.NaN : tables().powers[bin.exp + 128]!;
}

/** The edge of a bin that is nearest to zero: val/10 × 10^exp, 0 for the zero bin; NaN if it is not a bin. */
export function binEdge(bin: Bin): number {
  return bin.val === 0 ? 0 : (bin.val / 10) * power(bin);
}

/** The width of a bin: 10^exp / 10, 0 for the zero bin; NaN if it is not a bin. */
export function binWidth(bin: Bin): number {
  return bin.val === 0 ? 0 : power(bin) / 10;
}

/**
 * The value that stands for a bin: not its middle but the point from which no value in the bin is further than from
 * any other point, relative to that value: edge + width × edge / (edge + far edge), as libcircllhist's
 * `hist_bucket_midpoint`. 0 for the zero bin, NaN if it is not a bin.
 */
export function binMidpoint(bin: Bin): number {
  return bin.val === 0 ? 0 : midpoint(binEdge(bin), Math.sign(bin.val) * binWidth(bin));
}

/** @param width towards the far edge: negative for negative bins */
export function midpoint(edge: number, width: number): number {
  return edge + width * (edge / (edge + (edge + width)));
}

/** The standard name of a bin (`hist_bucket_to_string`): val as an integer, so `+12e-001` is 1.2; `0`; or `NaN`. */
export function binName(bin: Bin): string {
  if (bin.val === 0) return '0';
  if (keyOfBin(bin.val, bin.exp) < 0) return 'NaN';
  const exp = bin.exp - 1;
  const digits = String(Math.abs(exp)).padStart(3, '0');
  return `${bin.val < 0 ? '-' : '+'}${Math.abs(bin.val)}e${exp < 0 ? '-' : '+'}${digits}`;
}
