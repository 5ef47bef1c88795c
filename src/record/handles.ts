import { shown } from '../checks.js';
import { disabledHandle } from './disabled.js';
import { Family } from './family.js';
import { newHandle, newStore } from './make.js';
import type { Metric } from './metric.js';
import type { Registry } from './registry.js';
import { canonicalTags, type Tag } from './tags.js';

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
    const base = canonicalTags(inherited(), metric.tags);
    return newHandle(registry, registry.add(metric, ...newStore(metric, registry.cells), base, values));
  };
  if (metric.tagNames !== undefined) return new Family(metric, registry.tally, make);
  const handle = make(undefined);
  if (metric.observe !== undefined && registry.enabled) observe(metric, registry, handle as Observable);
  return handle;
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
