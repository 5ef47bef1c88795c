// How the tests see what is refused.
import { MetricsError } from 'circmetrics';

/** The code of the `MetricsError` that is thrown; undefined where none is. Another error is the test's failure. */
export function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof MetricsError) return error.code;
    throw error;
  }
  return undefined;
}

/** Calls a method out of the types' sight, with what they would not take. */
export const call = (target: object, method: string, ...args: unknown[]): unknown =>
  (target as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
