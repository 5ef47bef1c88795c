/** A value that is not a histogram; 64-bit integers are exact. Null: the metric is there, but has no value. */
export type Scalar = number | bigint | string | null;

const INTEGER = /^[+-]?\d+/;
const DECIMAL = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)/i;

/** The type of a bare leaf, by the broker's rules: an exponent is seen only after a point and with a sign. */
export function guessType(text: string): 'l' | 'L' | 'n' | 's' {
  if (/^-\d+$/.test(text)) return 'l';
  if (/^\d+$/.test(text)) return 'L';
  return /^-?\d+\.\d*(?:[eE][+-]\d+)?$/.test(text) ? 'n' : 's';
}

/** What the text says when it is read as this type, as C would read it: from its start, as far as it goes. */
export function coerce(text: string | null, type: string): Scalar {
  if (text === null) return null;
  if (type === 's') return text.replace(/\n.*$/s, '');
  // Some senders put quotation marks around their numbers.
  const bare = text.replace(/^[\s"]+|[\s"]+$/g, '');
  if (type === 'n') return decimal(bare);

  const digits = INTEGER.exec(bare)?.[0];
  if (digits === undefined) return null;
  const integer = BigInt(digits.replace('+', ''));
  if (type === 'i') return Number(BigInt.asIntN(32, integer));
  if (type === 'I') return Number(BigInt.asUintN(32, integer));
  // Out of range: signed integers stop at their ends, unsigned ones at the upper end; negative ones wrap.
  if (type === 'l') return clamp(integer, -(2n ** 63n), 2n ** 63n - 1n);
  return integer < 0n ? BigInt.asUintN(64, integer) : clamp(integer, 0n, 2n ** 64n - 1n);
}

function decimal(text: string): number | null {
  const digits = DECIMAL.exec(text)?.[0].toLowerCase();
  if (digits === undefined) return null;
  return Number(digits.replace(/inf(inity)?/, 'Infinity'));
}

const clamp = (value: bigint, low: bigint, high: bigint): bigint =>
  value < low ? low : value > high ? high : value;
