import type { Registry } from '../../record/registry.js';
import type { TextCell } from '../../record/series.js';
import type { Arena } from './arena.js';
import { tick } from './texts.js';

/** When the texts of the reading thread itself were set, by the clock that all threads share. */
export class Stamps {
  readonly #arena: Arena;
  readonly #stamps = new WeakMap<TextCell, number>();

  /** From now on the registry's texts, those that there are as well, tell when they are set. */
  constructor(arena: Arena, registry: Registry) {
    this.#arena = arena;
    for (const [{ kind }, siblings] of registry.metrics) {
      if (kind !== 'text') continue;
      for (const series of siblings) if (series !== undefined) this.#watch(series.store as TextCell);
    }
    const store = registry.store.bind(registry);
    registry.store = (metric) => {
      const made = store(metric);
      if (metric.kind === 'text') this.#watch(made[0] as TextCell);
      return made;
    };
  }

  /** 0 where it was not set since. */
  of(cell: TextCell): number {
    return this.#stamps.get(cell) ?? 0;
  }

  /** Sets a text to one that was set earlier, by a thread that has ended. */
  keep(cell: TextCell, text: string | null, stamp: number): void {
    cell.text = text;
    this.#stamps.set(cell, stamp);
  }

  #watch(cell: TextCell): void {
    let { text } = cell;
    Object.defineProperty(cell, 'text', {
      get: () => text,
      set: (value: string | null) => {
        text = value;
        this.#stamps.set(cell, tick(this.#arena));
      },
    });
  }
}
