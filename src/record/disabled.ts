import type { Handle } from './handle.js';
import { newHandle, newStore } from './make.js';
import type { Metric } from './metric.js';
import type { Registry } from './registry.js';
import { Series } from './series.js';
import { dispose } from './timer.js';

const nothing = (): void => {};
const stopped = (): number => 0;
const inert = { add: nothing, set: nothing, record: nothing, recordScaled: nothing, clear: nothing };
const inertTimer = {
  ...inert,
  start: () => stopped,
  measure: () => ({ stop: stopped, [dispose]: nothing }),
  time: (work: () => unknown) => work(),
  wrap: (work: unknown) => work,
};

/** Just enough for one series. */
const allocate = (length: number): Float64Array => new Float64Array(length);

/**
 * A handle of the given kind that costs nothing and is in no snapshot. It hides the methods that record behind its
 * own, so that the real ones need not ask on every call whether they are wanted.
 */
export function disabledHandle(metric: Metric, registry: Registry): Handle {
  const cells = { block: allocate(2), place: () => 0, allocate };
  const origin = { registry, metric, base: [], family: undefined };
  const handle = newHandle(new Series(origin, 0, 0, 0, 0, ...newStore(metric, cells)));
  return Object.assign(handle, metric.instrument === 'timer' ? inertTimer : inert);
}
