import { ask } from '../../checks.js';
import type { Sample } from '../../collect/sample.js';
import type { Refusal } from '../push/encoder.js';
import type { GraphiteSettings } from './options.js';

/** How a series is named, or why it cannot be. */
export type SeriesName =
  | {
      /** What goes before a statistic. */
      readonly before: string;
      /** What goes after it. */
      readonly after: string;
    }
  | Refusal;

/** File systems take names of at most 255 bytes, and carbon adds `.wsp`; a statistic needs some, too. */
const maxComponent = 240;
/** Carbon (Twisted's LineReceiver) closes the connection at a longer line, value and time included. */
export const maxLine = 16_384;

/** The name of a sample's series, of nothing but what carbon keeps as it is. */
export function seriesName(sample: Sample, { prefix, naming }: GraphiteSettings): SeriesName {
  const { path, name, taggedName } = sample;
  const tagged = naming === 'tagged';
  if (tagged && taggedName === false) return { reason: 'suppressed' };
  const own = tagged && taggedName ? [taggedName] : [...path, name];
  if (typeof naming === 'function') return checked([prefix, answer(naming, sample)], '');
  const tags = categories(sample);
  if (tagged) return checked([prefix, ...own], tags.map(([key, values]) => tagText(key, values)).join(''));
  const components = sample.tags.flatMap(([category, value]) => [component(category), component(value)]);
  return checked([prefix, ...own, ...components], '');
}

/** What the host's function gives; empty where it gives no text, because its mistake must not stop the others' points. */
function answer(naming: (sample: Sample) => string, sample: Sample): string {
  const name = ask(() => naming(sample));
  return typeof name === 'string' || typeof name === 'number' ? String(name) : '';
}

function checked(names: readonly string[], tags: string): SeriesName {
  const before = names
    .filter((part) => part !== '')
    .join('.')
    .split('.')
    .map(component)
    .join('.');
  if (names.slice(1).every((part) => part === '')) return { reason: 'no_name' };
  if (before.split('.').some((part) => new TextEncoder().encode(part).length > maxComponent))
    return { reason: 'name_too_long' };
  return { before, after: tags };
}

/** One component of a path: letters, digits, `_` and `-` stay; an empty one would be lost on the way to a file. */
function component(text: string): string {
  return text.replace(/[^\p{L}\p{N}_-]/gu, '_') || '_';
}

/** Categories with all their values: a key can stand once only. */
function categories({ tags }: Sample): [string, string[]][] {
  const grouped = new Map<string, string[]>();
  for (const [category, value] of tags) {
    const key = tagKey(category);
    grouped.set(key, [...(grouped.get(key) ?? []), value]);
  }
  return [...grouped];
}

/** Keys are ASCII without `;!^= `; `name` is what carbon calls the metric's name. */
function tagKey(category: string): string {
  const key = category.replace(/[^!-~]|[;!^={}"]/gu, '_');
  return key === 'name' ? 'name_' : key;
}

/**
 * Values are anything but `;` and white space, not empty, and do not begin with `~`. Braces and quotes are left out,
 * because carbon reads a path that ends in `"}` as another format.
 */
function tagText(key: string, values: readonly string[]): string {
  const value = values.map((one) => one.replace(/[\s\p{C};{}"]/gu, '_').replace(/^~/, '_') || '_').join(',');
  return `;${key}=${value}`;
}
