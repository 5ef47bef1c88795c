import { must } from '../checks.js';
import { areBounds, MAX_BOUNDS } from '../histogram/index.js';
import type { GaugeType, Merge } from './metric.js';

/** Checks the name of a metric or a namespace. */
export function nameOf(what: string, name: unknown): string {
  const valid = typeof name === 'string' && name !== '';
  must(valid, `The name of a ${what}`, 'a string that is not empty', name, 'invalid_name');
  return name as string;
}

/** Checks an option that is a string or a function. */
export function optional<T>(option: string, value: unknown, type: 'string' | 'function'): T | undefined {
  must(value === undefined || typeof value === type, `Option ${option}`, `a ${type}`, value);
  return value as T | undefined;
}

/** Checks an option that is one of a few words, of which the first is for where none was given. */
function oneOf<T extends string>(option: string, words: readonly [T, ...T[]], word: unknown): T {
  if (word === undefined) return words[0];
  must(words.includes(word as T), `A gauge's ${option}`, `one of ${words.join(', ')}`, word);
  return word as T;
}

/** Checks a gauge's `type`. */
export function gaugeTypeOf(type: unknown): GaugeType {
  return oneOf('type', ['double', 'int32', 'uint32', 'int64', 'uint64'], type);
}

/** Checks a gauge's `merge`. */
export function mergeOf(merge: unknown): Merge {
  return oneOf('merge', ['sum', 'max', 'min', 'last', 'each'], merge);
}

/** Checks `taggedName`. */
export function taggedNameOf(name: unknown): string | false | undefined {
  return name === undefined || name === false ? name : nameOf("metric's tagged form", name);
}

/** Checks a family's `tagNames`. */
export function tagNamesOf(names: unknown): readonly string[] | undefined {
  if (names === undefined) return undefined;
  const valid = Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '');
  const different = valid && names.length > 0 && new Set(names).size === names.length;
  must(different, 'tagNames', "a list of different names, such as ['route', 'status']", names, 'invalid_tag');
  return [...(names as readonly string[])];
}

/** Checks a family's `tagValues` and makes strings of them, each once. */
export function tagValuesOf(
  values: unknown,
  names: unknown,
): ReadonlyMap<string, readonly string[]> | undefined {
  if (values === undefined) return undefined;
  const known = names === undefined ? undefined : tagNamesOf(names);
  const entries: [string, unknown][] = typeof values === 'object' ? Object.entries(values ?? {}) : [];
  const valid = entries.every(
    ([name, list]) =>
      (known?.includes(name) ?? true) &&
      Array.isArray(list) &&
      list.length > 0 &&
      list.every((value) => ['string', 'number', 'boolean'].includes(typeof value)),
  );
  must(
    valid && entries.length > 0,
    'tagValues',
    "lists of strings or numbers for names of tagNames, such as { method: ['GET', 'POST'] }",
    values,
    'invalid_tag',
  );
  return new Map(entries.map(([name, list]) => [name, [...new Set((list as unknown[]).map(String))]]));
}

/** Checks a limit. */
export function atLeastOne(option: string, value: unknown): number | undefined {
  const limit = typeof value === 'number' && value >= 1 && value < Number.POSITIVE_INFINITY;
  must(value === undefined || limit, option, 'a finite number of 1 or more', value);
  return value as number | undefined;
}

/** Checks `buckets`. */
export function bucketsOf(buckets: unknown): readonly number[] | undefined {
  if (buckets === undefined) return undefined;
  must(areBounds(buckets), 'buckets', 'a list of ascending numbers, such as [0.01, 0.1, 1]', buckets);
  const { length } = buckets as readonly number[];
  must(length <= MAX_BOUNDS, 'buckets', `${MAX_BOUNDS} bounds at most`, length);
  // −0 is 0.
  return Object.freeze((buckets as readonly number[]).map((bound) => bound + 0));
}
