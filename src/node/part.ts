import type { Gauge } from '../record/gauge.js';
import type { Namespace } from '../record/namespace.js';

/** Metrics that are registered: starts to keep them up to date, and gives what stops it. */
export type Start = () => () => void;

/**
 * Sets gauges from one reading at each collection.
 * @param read one value for each gauge; while it throws, which the recorder counts and tells, they have none
 */
export function readInto(
  namespace: Namespace,
  gauges: readonly Gauge[],
  read: () => readonly number[],
): Start {
  return () =>
    namespace.onCollect(() => {
      let values: readonly number[] = [];
      try {
        values = read();
      } finally {
        for (const [i, gauge] of gauges.entries()) {
          const value = values[i] ?? Number.NaN;
          if (Number.isNaN(value)) (gauge as Gauge & { unset(): void }).unset();
          else gauge.set(value);
        }
      }
    });
}

/** What a function gives; undefined if it throws, which is how something is found to be missing. */
export function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
