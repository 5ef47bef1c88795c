import { shown } from '../checks.js';
import { jsonValue, Printed } from '../printed.js';
import type { Metric } from './metric.js';
import type { Series } from './series.js';

/**
 * What all handles have in common: the series that they write to, and how they come to another once it has ended.
 *
 * A handle holds its series' cells itself, so that recording asks nobody. When the series ends they are taken away,
 * in a way that the checks of recording notice anyway; so it costs nothing while there is nothing to notice. A family
 * whose series expire takes them away at every sweep: who has them again at the next one was used in between.
 */
export abstract class Handle extends Printed {
  /** @internal */
  series: Series;

  constructor(series: Series) {
    super();
    this.series = series;
  }

  /** What `JSON.stringify` writes: which series it is, and its value. */
  override toJSON(): object {
    const { value } = this as { readonly value?: unknown };
    return { ...this.series.toJSON(), value: jsonValue(value) };
  }

  /** @internal */
  protected override printedAs(): string {
    return this.series.metric.instrument;
  }

  /** @internal Takes hold of its series' store. */
  abstract attach(): void;

  /** @internal Lets go of it. Returns false if it had none. */
  abstract detach(): boolean;

  /** @internal A handle to use in place of this one, which has no cells: mostly itself, with some again. */
  protected revive(): this {
    const { registry, metric } = this.series.origin;
    const family = this.series.origin.family as { revive(handle: Handle): Handle } | undefined;
    // Without a family only an unregistered metric's handle has none.
    return (family?.revive(this) ?? registry.unregistered(metric)) as this;
  }

  /** @internal Lets a new series take the place of its own, which the caller then zeroes. False if its own has ended. */
  protected restart(): boolean {
    const { series } = this;
    if (series.ended) return false;
    const { family, registry } = series.origin;
    this.series = registry.restart(series);
    family?.restarted(this.series);
    return true;
  }

  /** @internal Counts a value that cannot be recorded, and tells of the metric's first one. */
  protected refuse(value: unknown): void {
    const { registry, metric } = this.series.origin;
    registry.tally.refuse('value');
    registry.tellOnce(metric, 'value', (label) => `${label} was given ${shown(value)}: ${takes(metric)}.`);
  }
}

/** What a metric takes, for messages. */
function takes({ kind, type }: Metric): string {
  if (kind === 'counter') return 'it adds finite numbers from 0 on';
  if (kind === 'text') return 'it takes strings';
  if (kind === 'gauge')
    return `it takes ${type === 'double' ? 'finite numbers' : `integers of type ${type}`}`;
  return 'it takes numbers below 1e128 by magnitude, as often as an integer from 0 on says';
}
