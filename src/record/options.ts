import { MetricsError } from '../errors.js';
import type { GaugeType } from './metric.js';
import { shown } from './tags.js';

/** Checks that options are an object without misspelt names. */
export function optionsOf(
  what: string,
  options: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) {
    throw new MetricsError(
      'invalid_option',
      `The options of ${what} must be an object, not ${shown(options)}.`,
    );
  }
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) {
      throw new MetricsError(
        'invalid_option',
        `${what} has no option ${shown(option)}; it has ${known.join(', ')}.`,
      );
    }
  }
  return options as Readonly<Record<string, unknown>>;
}

/** Checks the name of a metric or a namespace. */
export function nameOf(what: string, name: unknown): string {
  if (typeof name !== 'string' || name === '') {
    throw new MetricsError(
      'invalid_name',
      `The name of a ${what} must be a string that is not empty, not ${shown(name)}.`,
    );
  }
  return name;
}

/** Checks an option that is a string or a function. */
export function optional<T>(option: string, value: unknown, type: 'string' | 'function'): T | undefined {
  if (value !== undefined && typeof value !== type) {
    throw new MetricsError('invalid_option', `Option ${option} must be a ${type}, not ${shown(value)}.`);
  }
  return value as T | undefined;
}

/** Checks a gauge's `type`. */
export function gaugeTypeOf(type: unknown): GaugeType {
  if (type === undefined) return 'double';
  const types: readonly unknown[] = ['int32', 'uint32', 'int64', 'uint64', 'double'];
  if (!types.includes(type)) {
    throw new MetricsError(
      'invalid_option',
      `A gauge's type must be one of ${types.join(', ')}, not ${shown(type)}.`,
    );
  }
  return type as GaugeType;
}

/** Checks `taggedName`. */
export function taggedNameOf(name: unknown): string | false | undefined {
  return name === undefined || name === false ? name : nameOf("metric's tagged form", name);
}

/** Checks a family's `tagNames`. */
export function tagNamesOf(names: unknown): readonly string[] | undefined {
  if (names === undefined) return undefined;
  const valid = Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '');
  if (!valid || names.length === 0 || new Set(names).size < names.length) {
    throw new MetricsError(
      'invalid_tag',
      `tagNames must be a list of different names, such as ['route', 'status'].`,
    );
  }
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
  if (!valid || entries.length === 0) {
    throw new MetricsError(
      'invalid_tag',
      `tagValues must have lists of strings or numbers for names of tagNames, such as { method: ['GET', 'POST'] }.`,
    );
  }
  return new Map(entries.map(([name, list]) => [name, [...new Set((list as unknown[]).map(String))]]));
}

/** Checks a limit. */
export function atLeastOne(option: string, value: unknown): number | undefined {
  if (value !== undefined && !(typeof value === 'number' && value >= 1 && value < Number.POSITIVE_INFINITY)) {
    throw new MetricsError('invalid_option', `${option} must be a number of 1 or more, not ${shown(value)}.`);
  }
  return value;
}

/** Checks `buckets`. */
export function bucketsOf(buckets: unknown): readonly number[] | undefined {
  if (buckets === undefined) return undefined;
  const ascending =
    Array.isArray(buckets) &&
    buckets.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > (buckets[i - 1] as number)));
  if (!ascending || buckets.length === 0) {
    throw new MetricsError(
      'invalid_option',
      `buckets must be a list of ascending numbers, such as [0.01, 0.1, 1].`,
    );
  }
  return [...(buckets as readonly number[])];
}
