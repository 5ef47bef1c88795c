import { must, shown } from '../checks.js';

/** One tag: `[category, value]`. A series may have several values for one category. */
export type Tag = readonly [category: string, value: string];

/** What a tag's value may be given as; everything becomes a string once. */
export type TagValue = string | number | boolean;

/** Tags as the host writes them: a value, or several values, for a category. */
export type TagOptions = Readonly<Record<string, TagValue | readonly TagValue[]>>;

/** No tags. */
export const noTags: readonly Tag[] = [];

/** Orders strings by code point, which is the order of their UTF-8 bytes; `<` on strings is not, beyond U+FFFF. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const surrogateX = x >= 0xd800 && x <= 0xdfff;
    const surrogateY = y >= 0xd800 && y <= 0xdfff;
    // A surrogate stands for a code point beyond U+FFFF, so after every other unit, U+E000 to U+FFFF too.
    return surrogateX === surrogateY ? x - y : surrogateX ? 1 : -1;
  }
  return a.length - b.length;
}

function compareTags(a: Tag, b: Tag): number {
  return compareText(a[0], b[0]) || compareText(a[1], b[1]);
}

/** Whether two canonical lists hold the same tags. */
export function sameTags(a: readonly Tag[], b: readonly Tag[]): boolean {
  return a.length === b.length && a.every((tag, i) => tag[0] === b[i]?.[0] && tag[1] === b[i]?.[1]);
}

/**
 * The canonical form: without repetitions, by category, then by value, each in the order of their UTF-8 bytes.
 * (Circonus orders by `category 0x1F value`; it differs only where a category holds bytes below 0x1F.)
 */
export function canonicalTags(...lists: readonly (readonly Tag[])[]): readonly Tag[] {
  const sorted = noTags.concat(...lists).sort(compareTags);
  return sorted.filter((tag, i) => i === 0 || compareTags(tag, sorted[i - 1] as Tag) !== 0);
}

/** Checks one tag that the host gave. */
export function tagOf(category: unknown, value: unknown): Tag {
  const named = typeof category === 'string' && category !== '';
  must(named, "A tag's category", 'a string that is not empty', category, 'invalid_tag');
  const plain = ['string', 'number', 'boolean'].includes(typeof value);
  must(plain, `The value of tag ${shown(category)}`, 'a string, a number or a boolean', value, 'invalid_tag');
  return [category as string, String(value)];
}

/** Checks the tags that the host gave and puts them into canonical form. */
export function tagsOf(tags: TagOptions | undefined): readonly Tag[] {
  if (tags === undefined) return noTags;
  const object = typeof tags === 'object' && tags !== null && !Array.isArray(tags);
  must(object, 'Tags', "an object such as { region: 'eu' }", tags, 'invalid_tag');
  return canonicalTags(
    Object.entries(tags).flatMap(([category, given]) =>
      (Array.isArray(given) ? (given as readonly unknown[]) : [given]).map((value) => tagOf(category, value)),
    ),
  );
}
