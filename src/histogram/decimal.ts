/** The shortest decimal of a finite double, as an integer and a power of ten: 0.25 is 25 × 10^-2. */
export function decimalOf(x: number): readonly [integer: bigint, scale: number] {
  const [mantissa = '', exponent = '0'] = String(x).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}

/** Whether integer × 10^scale is above a double's shortest decimal, by exact arithmetic. */
export function isAboveDecimal(integer: number | bigint, scale: number, x: number): boolean {
  // Of zero only the sign counts, however small the other is: its power of ten may be too large to write out.
  if (x === 0) return integer > 0;
  const [digits, exponent] = decimalOf(x);
  const shift = BigInt(scale - exponent);
  return shift < 0n ? BigInt(integer) > digits * 10n ** -shift : BigInt(integer) * 10n ** shift > digits;
}
