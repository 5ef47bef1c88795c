/**
 * From the bits of a double to its bin by one table lookup and one comparison.
 *
 * Bins of one sign are numbered by _key_: 0 is the zero bin, then 1 + 90 × (exp + 128) + (val − 10), so that keys
 * ascend with magnitude up to {@link LAST_KEY}. A _slot_ is the sign-less exponent of a double and the top 8 bits of
 * its mantissa: at most 1/256 of the value wide, narrower than the narrowest bin (1/100), so no slot holds more than
 * one edge between bins. `slots` names the bin whose lower edge is in the slot or, failing that, the bin around it.
 */
export interface Tables {
  /** 10^e at [e + 128], for e −128 … 128, each the double nearest to it. */
  readonly powers: Float64Array;
  /** The smallest double in the bin of each key; at [NO_KEY] the smallest that is beyond all bins. */
  readonly edges: Float64Array;
  /** For each slot from FIRST_SLOT on the key to compare with. */
  readonly slots: Uint16Array;
  /** One double to take apart: store it here … */
  readonly double: Float64Array;
  /** … and read its upper 32 bits here, whatever the byte order of the machine. */
  readonly upper: Int32Array;
}

/** Bins in a decade: val 10 … 99. */
export const DECADE = 90;
/** Key of ±9.9e127, the largest magnitude. */
export const LAST_KEY: number = 256 * DECADE;
/** Key of what lies beyond: 1e128 and more. */
export const NO_KEY: number = LAST_KEY + 1;
/** Key in slots that hold a gap: doubles that the reference puts in no bin; see {@link referenceKey}. */
const GAP_KEY = LAST_KEY + 2;

/** Mantissa bits of the upper word that a slot leaves out: 20 − 8. 7 bits would do; with 8, few slots have an edge. */
export const SLOT_SHIFT = 12;
/** The slot of 1e-128, and how many slots there are from there up to that of 1e128. */
export const FIRST_SLOT = 153019;
export const SLOTS = 217709;

let built: Tables | undefined;

/** The tables, built by whoever asks first and never at import: some 620 kB and a few milliseconds. */
export function tables(): Tables {
  built ??= build();
  return built;
}

/**
 * The key of a magnitude by the formula of libcircllhist (`double_to_hist_bucket`): e = floor(log10 x),
 * val = floor(x / 10^e × 10 + 1e-13). Just below a power of ten from 1e±64 outwards the logarithm rounds up and val
 * becomes 9, which is no bin: the reference does not record these few doubles, and neither do we ({@link NO_KEY}).
 *
 * @param x 1e-128 … 1e128
 */
export function referenceKey(powers: Float64Array, x: number): number {
  const exp = Math.floor(Math.log10(x));
  if (exp > 127) return NO_KEY;
  const val = Math.floor((x / powers[exp + 128]!) * 10 + 1e-13);
  return val < 10 ? NO_KEY : (exp + 128) * DECADE + val - 9; // val 100 is val 10 of the next decade: the same key
}

function build(): Tables {
  const powers = new Float64Array(257);
  for (let exp = -128; exp <= 128; exp++) powers[exp + 128] = Number(`1e${exp}`);
  const double = new Float64Array(1);
  const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  const upper = new Int32Array(double.buffer, littleEndian ? 4 : 0, 1);

  const edges = findEdges(powers);
  const slots = new Uint16Array(SLOTS);
  let slot = 0;
  for (let key = 1; key <= LAST_KEY; key++) {
    double[0] = edges[key + 1]!;
    const next = (upper[0]! >> SLOT_SHIFT) - FIRST_SLOT;
    slots.fill(key, slot, next);
    slot = next;
  }
  slots.fill(NO_KEY, slot);
  for (let exp = -127; exp < 128; exp++) {
    double[0] = edges[(exp + 128) * DECADE + 1]!;
    // The double before a bin's edge is in the bin before, or in a gap.
    const before = previous(double[0]);
    if (referenceKey(powers, before) === NO_KEY) slots[(upper[0]! >> SLOT_SHIFT) - FIRST_SLOT] = GAP_KEY;
  }
  return { powers, edges, slots, double, upper };
}

/** For each bin the smallest double that the reference puts there: up to about 1e-14 of it below the nominal edge. */
function findEdges(powers: Float64Array): Float64Array {
  // [GAP_KEY] stays 0: no magnitude is below it, so that a lookup in a slot with a gap answers GAP_KEY.
  const edges = new Float64Array(GAP_KEY + 1);
  let key = 1;
  for (let exp = -128; exp < 128; exp++) {
    const power = powers[exp + 128]!;
    edges[key++] = decadeEdge(powers, exp);
    for (let val = 11; val < 100; val++) {
      let x = (val - 1e-13) * 0.1 * power;
      while ((x / power) * 10 + 1e-13 >= val) x = previous(x);
      while ((x / power) * 10 + 1e-13 < val) x = next(x);
      edges[key++] = x;
    }
  }
  edges[NO_KEY] = decadeEdge(powers, 128);
  return edges;
}

/** Where 10^exp begins, allowing for how log10 rounds; below 1e-128 everything is zero. */
function decadeEdge(powers: Float64Array, exp: number): number {
  let x = powers[exp + 128]!;
  if (exp === -128) return x;
  const key = (exp + 128) * DECADE + 1;
  for (let before = previous(x); referenceKey(powers, before) === key; before = previous(x)) x = before;
  return x;
}

/** Between a half and one unit in the last place of 1, so that x ± x × STEP rounds to the neighbour of any normal x. */
const STEP = 1.1 * 2 ** -53;

function previous(x: number): number {
  return x - x * STEP;
}

function next(x: number): number {
  return x + x * STEP;
}
