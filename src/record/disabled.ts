import { LogLinearHistogram } from '../histogram/index.js';
import { Counter } from './counter.js';
import { gaugeHandle } from './gauge.js';
import { Histogram } from './histogram.js';
import type { Metric } from './metric.js';
import type { Registry } from './registry.js';
import { Series, type Store } from './series.js';
import { Text } from './text.js';
import { dispose, Timer } from './timer.js';

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

/**
 * A handle of the given kind that costs nothing and is in no snapshot. It hides the methods that record behind its
 * own, so that the real ones need not ask on every call whether they are wanted.
 */
export function disabledHandle(metric: Metric, registry: Registry): unknown {
  const series = (store: Store): Series => new Series(metric, 0, 0, store, 0, [], undefined);
  switch (metric.instrument) {
    case 'counter':
      return Object.assign(new Counter(registry, series(new Float64Array(1))), inert);
    case 'gauge':
      return Object.assign(gaugeHandle(registry, series(new Float64Array(2))), inert);
    case 'text':
      return Object.assign(new Text(registry, series({ text: null })), inert);
    case 'histogram':
      return Object.assign(new Histogram(registry, series(new LogLinearHistogram())), inert);
    case 'timer':
      return Object.assign(new Timer(registry, series(new LogLinearHistogram())), inertTimer);
  }
}
