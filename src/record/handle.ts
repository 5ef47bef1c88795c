import type { Series } from './series.js';

/**
 * What all handles have in common: the series that they write to, and how they come to another once it has ended.
 *
 * A handle holds its series' cells itself, so that recording asks nobody. When the series ends they are taken away,
 * in a way that the checks of recording notice anyway; so it costs nothing while there is nothing to notice. A family
 * whose series expire takes them away at every sweep: who has them again at the next one was used in between.
 */
export abstract class Handle {
  /** @internal */
  series: Series;

  constructor(series: Series) {
    this.series = series;
  }

  /** @internal Takes hold of its series' store. */
  abstract attach(): void;

  /** @internal Lets go of it. Returns false if it had none. */
  abstract detach(): boolean;

  /** @internal A handle to use in place of this one, which has no cells: mostly itself, with some again. */
  protected revive(): this {
    const family = this.series.origin.family as { revive(handle: Handle): Handle } | undefined;
    return family?.revive(this) as this;
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

  /** @internal Counts a value that cannot be recorded. */
  protected refuse(): void {
    this.series.origin.registry.tally.refuse('value');
  }
}
