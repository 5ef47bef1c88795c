import { LogLinearHistogram } from '../histogram/index.js';
import { Counter } from './counter.js';
import type { Gauge } from './gauge.js';
import { Histogram } from './histogram.js';
import type { Metric } from './metric.js';
import type { Registry } from './registry.js';
import { Series } from './series.js';
import { Text } from './text.js';
import { type Measurement, Timer } from './timer.js';

// Handles that record nothing. They are classes of their own, so that the real ones need not ask on every call.

class DisabledCounter extends Counter {
  override add(): void {}
  override clear(): void {}
}

class DisabledGauge implements Gauge<number | bigint> {
  readonly value: number | bigint;
  constructor(metric: Metric) {
    this.value = metric.type?.endsWith('64') ? 0n : 0;
  }
  set(): void {}
  add(): void {}
  clear(): void {}
}

class DisabledText extends Text {
  override set(): void {}
}

class DisabledHistogram extends Histogram {
  override record(): void {}
  override recordScaled(): void {}
  override clear(): void {}
}

const stopped = (): number => 0;
const measurement = {
  stop: stopped,
  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]: stopped,
} as unknown as Measurement;

class DisabledTimer extends Timer {
  override record(): void {}
  override recordScaled(): void {}
  override clear(): void {}
  override start(): () => number {
    return stopped;
  }
  override measure(): Measurement {
    return measurement;
  }
  override time<Result>(work: () => Result): Result {
    return work();
  }
  override wrap<This, Args extends unknown[], Result>(
    work: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result {
    return work;
  }
}

/** A handle of the given kind that costs nothing, and that is in no snapshot. */
export function disabledHandle(metric: Metric, registry: Registry): unknown {
  const series = (store: Series['store']): Series => new Series(metric, 0, 0, store, 0, [], undefined);
  switch (metric.instrument) {
    case 'counter':
      return new DisabledCounter(registry, series(new Float64Array(1)));
    case 'gauge':
      return new DisabledGauge(metric);
    case 'text':
      return new DisabledText(registry, series({ text: null }));
    case 'histogram':
      return new DisabledHistogram(registry, series(new LogLinearHistogram()));
    case 'timer':
      return new DisabledTimer(registry, series(new LogLinearHistogram()));
  }
}
