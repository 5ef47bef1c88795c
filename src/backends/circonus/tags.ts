import type { Sample } from '../../collect/sample.js';
import { canonicalTags, type Tag } from '../../record/tags.js';

// Which characters a stream tag may hold as they are; everything else is wrapped as b"<base64>". The value's set
// has no `+`, contrary to the published documents: the broker's table and the C library's leave it out.
const plainCategory = /^[A-Za-z0-9`+!@#$%^&"'/?._-]*$/;
const plainValue = /^[A-Za-z0-9`!@#$%^&"'/?._:=-]*$/;

/** A sample's tags with its unit, which Circonus knows as the tag `units`. */
export function withUnits({ tags, unit }: Sample): readonly Tag[] {
  const known = unit === undefined || tags.some(([category]) => category === 'units');
  return known ? tags : canonicalTags(tags, [['units', unit]]);
}

function base64(text: string): string {
  // Byte by byte: a call takes some ten thousand arguments at most, and a tag may be longer.
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return `b"${btoa(bytes)}"`;
}

/**
 * One tag as `category:value`.
 * @param exact true: what merely looks like an encoded part is encoded as well, so that the broker reads back what
 *   the host wrote; false: as the C library writes it
 */
export function streamTag([category, value]: Tag, exact: boolean): string {
  const part = (text: string, plain: RegExp): string =>
    plain.test(text) && !(exact && text.startsWith('b"')) ? text : base64(text);
  return `${part(category, plainCategory)}:${part(value, plainValue)}`;
}
