/** 2^64: the first integer that an unsigned 64-bit field cannot hold. */
const tooLarge = 2 ** 64;

/**
 * A count as the decimal digits of a 64-bit unsigned integer, without its fraction; `undefined` where it does not
 * fit. JavaScript alone would print 1e+21, which receivers read as 1.
 */
export function unsigned64(count: number): string | undefined {
  if (!(count >= 0 && count < tooLarge)) return undefined;
  return count <= Number.MAX_SAFE_INTEGER ? String(Math.floor(count)) : BigInt(Math.floor(count)).toString();
}

/** A finite number as C's `%.<precision>g` prints it: `8e+07`, `0.00085`, `1.23457`. */
export function formatG(value: number, precision: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponent = '0'] = value.toExponential(precision - 1).split('e');
  const power = Number(exponent);
  const trim = (digits: string): string => (digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits);
  if (power < -4 || power >= precision) {
    const digits = String(Math.abs(power)).padStart(2, '0');
    return `${trim(mantissa)}e${power < 0 ? '-' : '+'}${digits}`;
  }
  return trim(value.toFixed(precision - 1 - power));
}

/** A finite number without an exponent: 1e-7 as 0.0000001, which is what readers of digits and dots need. */
export function fixedNotation(value: number | bigint): string {
  const [digits = '', exponent = '0'] = value.toString().split('e');
  const shift = Number(exponent);
  if (shift === 0) return digits;
  const sign = digits.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = digits.slice(sign.length).split('.');
  // From 1e21 on, which is more digits than a double has.
  if (shift > 0) return sign + whole + fraction.padEnd(shift, '0');
  return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${fraction}`;
}

/** A number that was computed, without the digits that are but noise of the computation, and without an exponent. */
export function rounded(value: number, digits = 15): string {
  return fixedNotation(Number(value.toPrecision(digits)));
}
