import { MetricsError, type MetricsErrorCode } from './errors.js';

/** A value as a message shows it: short, quoted. Never throws, whatever the value's getters do. */
export function shown(value: unknown): string {
  try {
    return textOf(value);
  } catch {
    return 'a value that cannot be shown';
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) {
    // Of lists in lists there may be no end.
    const items = value.slice(0, 10).map((item) => (Array.isArray(item) ? '[…]' : shown(item)));
    return `[${items.join(', ')}${value.length > 10 ? ', …' : ''}]`;
  }
  try {
    return typeof value === 'object' && value !== null
      ? Object.prototype.toString.call(value)
      : String(value);
  } catch {
    // It runs what the host has written.
    return 'an object';
  }
}

/** The code and the message of what was thrown, which may be anything. Never throws. */
export function wordsOf(error: unknown): { readonly code: string; readonly message: string } {
  try {
    // Not `instanceof Error`: Jest's tests have another `Error` than Node.js' own modules.
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    if (typeof message === 'string') return { code: typeof code === 'string' ? code : 'error', message };
  } catch {
    // Nothing can be read of it.
  }
  return { code: 'error', message: typeof error === 'string' ? error : shown(error) };
}

/** Whether a value is a promise, of whatever kind. May throw, where the value's getters do. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

/**
 * Calls a function of the host's and returns what it answers at once. Nothing that it does reaches the caller: where it
 * throws, the answer is `undefined`, and so it is where it answers with a promise, which nobody waits for.
 * @param failed called with what it threw, or what its promise was rejected with; must not throw
 */
export function ask(call: () => unknown, failed: (error: unknown) => void = () => {}): unknown {
  try {
    const answer = call();
    if (!isThenable(answer)) return answer;
    // A rejection that nobody hears would end the process.
    Promise.resolve(answer).then(undefined, failed);
  } catch (error) {
    failed(error);
  }
  return undefined;
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

/** Milliseconds that the host gave to what must not throw, at most 2,147,483,647; `undefined` where they are none. */
export function delayOf(given: unknown): number | undefined {
  return typeof given === 'number' && given >= 0 ? Math.min(given, longestDelay) : undefined;
}
