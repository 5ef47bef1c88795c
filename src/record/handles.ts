import { shown } from '../checks.js';
import { LogLinearHistogram } from '../histogram/index.js';
import { Counter } from './counter.js';
import { disabledHandle } from './disabled.js';
import { Family } from './family.js';
import { gaugeCells, gaugeHandle } from './gauge.js';
import { Histogram } from './histogram.js';
import type { Metric } from './metric.js';
import type { Registry } from './registry.js';
import { canonicalTags, type Tag } from './tags.js';
import { Text } from './text.js';
import { Timer } from './timer.js';

/** A gauge or a text, as its `observe` function drives it. */
interface Observable {
  set(value: unknown): void;
  unset(): void;
}

/**
 * Makes what the host gets for a new metric: a handle, or a family of handles.
 * @param inherited the tags of the metric's namespaces as they are when it is called: once for each new series
 */
export function makeInstrument(metric: Metric, registry: Registry, inherited: () => readonly Tag[]): unknown {
  const make = (values: readonly string[] | undefined): unknown => {
    const nowhere = metric.tagNames !== undefined && values === undefined;
    if (!registry.enabled || nowhere) return disabledHandle(metric, registry);
    return makeHandle(metric, registry, canonicalTags(inherited(), metric.tags), values);
  };
  if (metric.tagNames !== undefined) return new Family(metric, registry.tally, make);
  const handle = make(undefined);
  if (metric.observe !== undefined && registry.enabled) observe(metric, registry, handle as Observable);
  return handle;
}

function makeHandle(
  metric: Metric,
  registry: Registry,
  base: readonly Tag[],
  values: readonly string[] | undefined,
): unknown {
  const { cells } = registry;
  switch (metric.instrument) {
    case 'counter': {
      const at = cells.place(1);
      return new Counter(registry, registry.add(metric, cells.block, at, base, values));
    }
    case 'gauge': {
      const type = metric.type ?? 'double';
      const at = cells.place(gaugeCells(type));
      const series = registry.add(metric, cells.block, at, base, values);
      return gaugeHandle(registry, series);
    }
    case 'text':
      return new Text(registry, registry.add(metric, { text: null }, 0, base, values));
    case 'histogram':
      return new Histogram(registry, registry.add(metric, new LogLinearHistogram(cells), 0, base, values));
    case 'timer':
      return new Timer(registry, registry.add(metric, new LogLinearHistogram(cells), 0, base, values));
  }
}

/** Sets the gauge or text from the host's function whenever the recorder is collected. */
function observe(metric: Metric, registry: Registry, handle: Observable): void {
  registry.callbacks.add(
    `${metric.kind} ${shown([...metric.path, metric.name].join('.'))}`,
    metric.observe as () => unknown,
    (value) => {
      const usable =
        metric.kind === 'text'
          ? typeof value === 'string'
          : typeof value === 'number' || typeof value === 'bigint';
      if (usable) handle.set(value);
      return usable;
    },
    () => handle.unset(),
  );
}
