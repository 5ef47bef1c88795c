import { MetricsError, type MetricsErrorCode } from './errors.js';

/** A value as a message shows it: short, quoted, never throwing. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    // Of lists in lists there may be no end.
    const items = value.slice(0, 10).map((item) => (Array.isArray(item) ? '[…]' : shown(item)));
    return `[${items.join(', ')}${value.length > 10 ? ', …' : ''}]`;
  }
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
}

/** Refuses what the host gave, in the words that all refusals have. */
export function must(
  be: boolean,
  what: string,
  expected: string,
  value: unknown,
  code: MetricsErrorCode = 'invalid_option',
): void {
  if (!be) throw new MetricsError(code, `${what} must be ${expected}, not ${shown(value)}.`);
}

/** Checks that options are an object without misspelt names. */
export function optionsOf(
  what: string,
  options: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (options === undefined) return {};
  must(typeof options === 'object' && options !== null, `The options of ${what}`, 'an object', options);
  for (const option of Object.keys(options as object)) {
    must(known.includes(option), `An option of ${what}`, `one of ${known.join(', ')}`, option);
  }
  return options as Readonly<Record<string, unknown>>;
}

/** The longest delay that a timer can have, in milliseconds. */
const longestDelay = 2 ** 31 - 1;

/**
 * A time that the host gives to what must not throw.
 * @param ask reads it from the host's options
 * @returns milliseconds, 0 to 2,147,483,647; `undefined` where there is no number of them
 */
export function delayOf(ask: () => unknown): number | undefined {
  try {
    const given = ask();
    return typeof given === 'number' && given >= 0 ? Math.min(given, longestDelay) : undefined;
  } catch {
    return undefined;
  }
}
