import { shown } from '../checks.js';
import { MetricsError } from '../errors.js';
import { disabledHandle } from './disabled.js';
import { Family } from './family.js';
import { newHandle } from './make.js';
import type { Metric } from './metric.js';
import type { Extension, Instrument, Registry } from './registry.js';
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
export function makeInstrument(
  metric: Metric,
  registry: Registry,
  inherited: () => readonly Tag[],
): Instrument {
  const base = (): readonly Tag[] => canonicalTags(inherited(), metric.tags);
  const known = registry.threads?.adopt(metric, base);
  if (known !== undefined) {
    observe(metric, registry, known);
    return known;
  }
  const registered = (made: Instrument, extension: () => Extension): void => {
    registry.register(metric, { made, extension });
  };
  const family = metric.tagNames !== undefined;
  if (registry.enabled && registry.size + (family ? metric.declared : 1) > registry.maxSeries) {
    throw new MetricsError(
      'too_many_series',
      `With ${shown(metric.name)} there would be more series than the recorder's maxSeries, ${registry.maxSeries}: ${registry.size} exist. Raise it, or use a family's tags in place of names.`,
    );
  }
  if (family) {
    const made: Family<unknown> = new Family(metric, registry, base);
    registered(made, () => ({
      tags: base(),
      series: made.size,
      maxSeries: metric.maxSeries,
      overflowed: made.overflowed(),
    }));
    return made;
  }
  if (!registry.enabled) return disabledHandle(metric, registry);
  const handle = newHandle(registry.add({ registry, metric, base: base(), family: undefined }, 0));
  // Of the series that is now: each `clear` makes another.
  registered(handle, () => ({ tags: handle.series.tags, series: 1, maxSeries: 1, overflowed: {} }));
  observe(metric, registry, handle);
  return handle;
}

/**
 * Sets the gauge or text from the host's function, if there is one, whenever the recorder is collected; in place of the
 * one that did so before.
 */
export function observe({ kind, label, observe: by }: Metric, registry: Registry, made: Instrument): void {
  const registered = 'series' in made ? registry.instruments.get(made.series.metric) : undefined;
  if (by === undefined || registered === undefined || registered.observed?.by === by) return;
  registered.observed?.stop();
  const handle = made as unknown as Observable;
  const stop = registry.callbacks.add(
    label,
    by as () => unknown,
    (value) => {
      const usable =
        kind === 'text' ? typeof value === 'string' : typeof value === 'number' || typeof value === 'bigint';
      if (usable) handle.set(value);
      return usable;
    },
    () => handle.unset(),
  );
  registered.observed = { by, stop };
}
