/** A metric's name taken apart: ``path`name|ST[category:value,…]``, each part perhaps base64 as `b"…"`. */
export interface MetricName {
  /** Path and name, joined by backticks. */
  readonly base: string;
  /** In the order of the text; a category may come several times. `units:…` is among them. */
  readonly tags: readonly (readonly [category: string, value: string])[];
}

/** A name is at most this many bytes long, tags included. */
const MAX_BYTES = 4095;

const TAGGED = /^(.*?)\|ST\[(.*)\]$/s;
const BASE64_PART = /^b"([A-Za-z0-9+/]*={0,2})"$/;
/** What may stand in a tag as it is; everything else has to be base64. A value allows `:` and `=`, but no `+`. */
const CATEGORY = /^[A-Za-z0-9`+!@#$%^&"'/?._-]+$/;
const VALUE = /^[A-Za-z0-9`!@#$%^&"'/?._:=-]*$/;

/** Undefined when a tag is illegal, or all of it too long: the broker then loses the whole metric. */
export function parseName(text: string): MetricName | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return undefined;
  const tagged = TAGGED.exec(text);
  if (tagged === null) return { base: text, tags: [] };
  const [, base = '', list = ''] = tagged;

  const tags: [string, string][] = [];
  for (const tag of list === '' ? [] : list.split(',')) {
    // Base64 has no colon, so the first one ends the category.
    const colon = tag.indexOf(':');
    const category = decodePart(colon < 0 ? tag : tag.slice(0, colon), CATEGORY);
    const value = decodePart(colon < 0 ? '' : tag.slice(colon + 1), VALUE);
    if (category === undefined || category === '' || value === undefined) return undefined;
    tags.push([category, value]);
  }
  return { base, tags };
}

function decodePart(part: string, legal: RegExp): string | undefined {
  const encoded = BASE64_PART.exec(part)?.[1];
  if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
  return legal.test(part) ? part : undefined;
}
