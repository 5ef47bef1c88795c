import {
  type Bin,
  binEdge,
  binMidpoint,
  binName,
  binOf,
  binOfScaled,
  binWidth,
  LogLinearHistogram,
} from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';

/** All bins but the zero bin: 46,080. */
function allBins(): Bin[] {
  const bins: Bin[] = [];
  for (let exp = -128; exp <= 127; exp++) {
    for (let val = 10; val <= 99; val++) bins.push({ val, exp }, { val: -val, exp });
  }
  return bins;
}

const bins = allBins();
const bits = new BigInt64Array(1);
const double = new Float64Array(bits.buffer);

/** The double so many units in the last place further from zero. */
function ulps(x: number, n: number): number {
  double[0] = x;
  bits[0]! += BigInt(n);
  return double[0]!;
}

/** The double nearest to the edge's decimal digits. */
function nominal({ val, exp }: Bin): number {
  return Number(`${val}e${exp - 1}`);
}

/** What libcircllhist's formula says, written down once more without any table; undefined where it records nothing. */
function reference(x: number): Bin | undefined {
  const sign = x < 0 ? -1 : 1;
  const size = Math.abs(x);
  if (size < 1e-128) return { val: 0, exp: 0 };
  const exp = Math.floor(Math.log10(size));
  if (!(exp <= 127)) return undefined;
  const val = Math.floor((size / Number(`1e${exp}`)) * 10 + 1e-13);
  if (val === 100) return exp === 127 ? undefined : { val: sign * 10, exp: exp + 1 };
  return val < 10 ? undefined : { val: sign * val, exp };
}

function same(a: Bin | undefined, b: Bin | undefined): boolean {
  return a?.val === b?.val && a?.exp === b?.exp;
}

describe('all bins', () => {
  it('are 46,081 with the zero bin', () => {
    expect(bins).toHaveLength(46_080);
    expect(binOf(0)).toEqual({ val: 0, exp: 0 });
  });

  it('begin at their edge', () => {
    const wrong = bins.filter((bin) => !same(binOf(nominal(bin)), bin) || !same(binOf(binEdge(bin)), bin));
    expect(wrong).toEqual([]);
  });

  it('end where the formula of the reference says, to the last double', () => {
    const wrong: unknown[] = [];
    for (const bin of bins) {
      const edge = nominal(bin);
      // From well below the edge, where the tolerance begins, to beyond it.
      for (const n of [
        -200, -150, -100, -90, -80, -64, -50, -40, -30, -20, -15, -10, -8, -6, -4, -3, -2, -1, 0, 1,
      ]) {
        const x = ulps(edge, n);
        if (!same(binOf(x), reference(x))) wrong.push([bin, n, binOf(x), reference(x)]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('change once and only once around each edge, at the reference’s own double', () => {
    const wrong: unknown[] = [];
    for (const bin of bins) {
      if (bin.val < 0) continue;
      const edge = nominal(bin);
      // Binary search for the first double that the lookup puts in the bin.
      let [below, within] = [-300, 0];
      while (within - below > 1) {
        const middle = (below + within) >> 1;
        if (same(binOf(ulps(edge, middle)), bin)) within = middle;
        else below = middle;
      }
      const first = ulps(edge, within);
      const last = ulps(edge, within - 1);
      if (!same(reference(first), bin) || same(reference(last), bin)) wrong.push([bin, within]);
    }
    expect(wrong).toEqual([]);
  });

  it('hold their midpoint, which is as far from one edge as from the other', () => {
    const wrong = bins.filter((bin) => {
      const [near, width, middle] = [Math.abs(binEdge(bin)), binWidth(bin), Math.abs(binMidpoint(bin))];
      const far = near + width;
      const [over, under] = [(middle - near) / near, (far - middle) / far];
      return !same(binOf(binMidpoint(bin)), bin) || Math.abs(over - under) > 1e-12;
    });
    expect(wrong).toEqual([]);
  });

  it('are as wide as one in the second digit, and meet their neighbour', () => {
    const wrong = bins.filter((bin) => {
      const sign = Math.sign(bin.val);
      const next =
        Math.abs(bin.val) === 99
          ? { val: sign * 10, exp: bin.exp + 1 }
          : { val: bin.val + sign, exp: bin.exp };
      if (next.exp > 127) return false;
      const end = binEdge(bin) + sign * binWidth(bin);
      return Math.abs(end - binEdge(next)) > 1e-15 * Math.abs(end);
    });
    expect(wrong).toEqual([]);
  });

  it('have a name each, that of the reference', () => {
    const names = new Set(bins.map(binName));
    expect(names.size).toBe(46_080);
    const wrong = bins.filter((bin) => {
      const match = /^([+-]\d\d)e([+-]\d{3})$/.exec(binName(bin));
      return Number(match?.[1]) !== bin.val || Number(match?.[2]) !== bin.exp - 1;
    });
    expect(wrong).toEqual([]);
    expect(binName({ val: 0, exp: 0 })).toBe('0');
    expect(binName({ val: 12, exp: 0 })).toBe('+12e-001');
    expect(binName({ val: 5, exp: 0 })).toBe('NaN');
  });

  it('are found by exact integer arithmetic', () => {
    const wrong = bins.filter(
      ({ val, exp }) =>
        !same(binOfScaled(val, exp - 1), { val, exp }) ||
        !same(binOfScaled(BigInt(val) * 10n ** 40n + BigInt(Math.sign(val)), exp - 41), { val, exp }) ||
        !same(binOfScaled(val * 1e10 + Math.sign(val) * 9999999999, exp - 11), { val, exp }),
    );
    expect(wrong).toEqual([]);
  });

  it('record, serialize and come back', () => {
    const all = new LogLinearHistogram();
    const wrong = bins.filter((bin) => {
      const one = new LogLinearHistogram();
      one.record(binEdge(bin), 3);
      all.record(binMidpoint(bin), Math.abs(bin.val));
      const [first, ...rest] = [...one.bins()];
      const bytes = one.toBytes();
      const expected = [0, 1, bin.val & 255, bin.exp & 255, 0, 3];
      return (
        rest.length > 0 ||
        !same(first, bin) ||
        first?.count !== 3 ||
        first.edge !== binEdge(bin) ||
        bytes.join() !== expected.join() ||
        !same([...LogLinearHistogram.fromBytes(bytes).bins()][0], bin) ||
        !same([...LogLinearHistogram.fromStrings(one.toStrings()).bins()][0], bin)
      );
    });
    expect(wrong).toEqual([]);
    all.record(0, 7);
    const listed = [...all.bins()];
    expect(listed).toHaveLength(46_081);
    expect(listed.every(({ val, count }) => count === (val === 0 ? 7 : Math.abs(val)))).toBe(true);
    expect(listed.every(({ edge }, i) => i === 0 || edge > listed[i - 1]!.edge)).toBe(true);
    expect(LogLinearHistogram.fromBytes(all.toBytes()).equals(all)).toBe(true);
    expect(LogLinearHistogram.fromBase64(all.toBase64()).equals(all)).toBe(true);
    expect(LogLinearHistogram.fromStrings(all.toStrings()).equals(all)).toBe(true);
  });
});

describe('what is no bin', () => {
  it('is nowhere recorded', () => {
    for (const x of [Number.NaN, Infinity, -Infinity, 1e128, -1e128, 1e200, Number.MAX_VALUE]) {
      expect(binOf(x)).toBeUndefined();
      expect(new LogLinearHistogram().record(x)).toBe(0);
    }
  });

  it('is a gap of some doubles just below powers of ten, as in the reference', () => {
    const x = 9.999999999999867e81;
    expect(binOf(x)).toBeUndefined();
    expect(new LogLinearHistogram().record(x)).toBe(0);
    expect(binOf(ulps(x, 200))).toEqual({ val: 10, exp: 82 });
    expect(binOf(ulps(x, -200))).toEqual({ val: 99, exp: 81 });
  });

  it('has no edge, width or midpoint', () => {
    for (const bin of [
      { val: 9, exp: 0 },
      { val: 100, exp: 0 },
      { val: 12.5, exp: 0 },
      { val: 12, exp: 128 },
      { val: 12, exp: -129 },
      { val: Number.NaN, exp: 0 },
    ]) {
      expect([binEdge(bin), binWidth(bin), binMidpoint(bin), binName(bin)]).toEqual([NaN, NaN, NaN, 'NaN']);
    }
  });

  it('is not to be confused with zero', () => {
    for (const x of [0, -0, 5e-324, -5e-324, 9.999e-129, -1e-200])
      expect(binOf(x)).toEqual({ val: 0, exp: 0 });
    expect(binOf(1e-128)).toEqual({ val: 10, exp: -128 });
    expect(binOf(-1e-128)).toEqual({ val: -10, exp: -128 });
  });
});

describe('binOfScaled', () => {
  it('takes any integer and any scale', () => {
    expect(binOfScaled(10n ** 300n, -400)).toEqual({ val: 10, exp: -100 });
    expect(binOfScaled(-(10n ** 300n) + 1n, -400)).toEqual({ val: -99, exp: -101 });
    expect(binOfScaled(5, 0)).toEqual({ val: 50, exp: 0 });
    expect(binOfScaled(-7n, 3)).toEqual({ val: -70, exp: 3 });
    expect(binOfScaled(99_999_999_999_999n, 0)).toEqual({ val: 99, exp: 13 });
    expect(binOfScaled(99_999_999_999_999, 0)).toEqual({ val: 99, exp: 13 });
    expect(binOfScaled(1, -400)).toEqual({ val: 0, exp: 0 });
    expect(binOfScaled(1e300, -400)).toEqual({ val: 10, exp: -100 });
    expect(binOfScaled(1, 128)).toBeUndefined();
    expect(binOfScaled(1, 400)).toBeUndefined();
    expect(binOfScaled(0, 400)).toEqual({ val: 0, exp: 0 });
    expect(binOfScaled(0n, -400)).toEqual({ val: 0, exp: 0 });
    expect(binOfScaled(1, 1e300)).toBeUndefined();
    expect(binOfScaled(1, -1e300)).toEqual({ val: 0, exp: 0 });
  });

  it('takes nothing else', () => {
    expect(binOfScaled(1.5, 0)).toBeUndefined();
    expect(binOfScaled(1, 0.5)).toBeUndefined();
    expect(binOfScaled(Number.NaN, 0)).toBeUndefined();
    expect(binOfScaled(1, Infinity)).toBeUndefined();
    expect(binOfScaled(Infinity, 0)).toBeUndefined();
    expect(binOfScaled('12' as unknown as number, 0)).toBeUndefined();
  });
});
