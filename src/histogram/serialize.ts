import { MetricsError } from '../errors.js';
import { binOfKey, keyOf, keyOfBin } from './bin.js';
import { type Extent, MAX_COUNT, walk } from './extents.js';
import { position } from './quantile.js';

/** A bin, by its signed key, and its count. */
export type Entry = readonly [key: number, count: number];

function corrupt(what: string): MetricsError {
  return new MetricsError('invalid_histogram', `This is not a serialized histogram: ${what}.`);
}

/**
 * libcircllhist's binary form: the number of bins as 16 bits, big-endian; then for each bin, ascending on the real
 * axis, val and exp as a byte each, the width of the count in bytes less one, and the count, little-endian.
 */
export function encodeBytes(extents: readonly Extent[]): Uint8Array {
  let bins = 0;
  walk(extents, () => bins++);
  const bytes = new Uint8Array(2 + 11 * bins);
  bytes[0] = bins >> 8;
  bytes[1] = bins;
  let at = 2;
  walk(extents, (key, count) => {
    const { val, exp } = binOfKey(key);
    bytes[at] = val;
    bytes[at + 1] = exp;
    const width = at + 2;
    at += 3;
    for (let rest = count; rest > 0; rest = Math.floor(rest / 256)) bytes[at++] = rest % 256;
    bytes[width] = at - width - 2;
  });
  return bytes.slice(0, at);
}

/** Reads what {@link encodeBytes} or libcircllhist wrote; skips bins that are none and bins without samples. */
export function decodeBytes(bytes: Uint8Array): Entry[] {
  if (!(ArrayBuffer.isView(bytes) && bytes.BYTES_PER_ELEMENT === 1 && bytes.length > 1)) {
    throw corrupt('not two bytes or more');
  }
  const entries: Entry[] = [];
  let at = 2;
  let last = Number.NEGATIVE_INFINITY;
  for (let bins = bytes[0]! * 256 + bytes[1]!; bins > 0; bins--) {
    const width = (bytes[at + 2] ?? 8) + 1;
    const end = at + 3 + width;
    if (width > 8 || end > bytes.length) throw corrupt('too short, or a count wider than 8 bytes');
    let count = 0;
    for (let i = end - 1; i > at + 2; i--) count = count * 256 + bytes[i]!;
    const key = keyOfBin((bytes[at]! << 24) >> 24, (bytes[at + 1]! << 24) >> 24);
    at = end;
    if (key < 0 || count === 0) continue;
    const where = position(key);
    if (where <= last) throw corrupt('bins not ascending');
    last = where;
    entries.push([key, Math.min(count, MAX_COUNT)]);
  }
  if (at < bytes.length) throw corrupt('bytes after the last bin');
  return entries;
}

/** Standard base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function decodeBase64(text: string): Uint8Array {
  // White space is skipped, as the reference does; padding may not be missing, unlike in atob.
  const digits = typeof text === 'string' ? text.replace(/\s+/g, '') : '';
  if (digits.length === 0 || digits.length % 4 !== 0 || !/^[A-Za-z\d+/]*={0,2}$/.test(digits)) {
    throw corrupt('not base64');
  }
  return Uint8Array.from(atob(digits), (char) => char.charCodeAt(0));
}

/** `H[1.2e+01]=3`: the edge nearest zero of each occupied bin, and its count. */
export function encodeStrings(extents: readonly Extent[]): string[] {
  const strings: string[] = [];
  walk(extents, (key, count) => {
    const { val, exp } = binOfKey(key);
    const sign = exp < 0 ? '-' : '+';
    strings.push(`H[${(val / 10).toFixed(1)}e${sign}${String(Math.abs(exp)).padStart(2, '0')}]=${count}`);
  });
  return strings;
}

/** One float and one count; no two parts of it can match the same digits, so that it fails as fast as it succeeds. */
const STRING = /^H\[([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\]=(\d+)$/i;

export function parseStrings(strings: Iterable<string>): Entry[] {
  if (typeof Object(strings)[Symbol.iterator] !== 'function') throw corrupt('not a list of strings');
  return Array.from(strings, (string) => {
    const text = String(string);
    const match = STRING.exec(text);
    const key = match === null ? -1 : keyOf(Number(match[1]));
    if (match === null || key < 0) throw corrupt(`"${text.slice(0, 40)}" not of the form H[1.2e+01]=3`);
    return [key, Math.min(Number(match[2]), MAX_COUNT)];
  });
}
