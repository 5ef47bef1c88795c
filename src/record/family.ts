import type { Metric } from './metric.js';
import type { TagValue } from './tags.js';
import type { Tally } from './tally.js';

/** Makes the handle of the series with these tag values, or, for `undefined`, one that records nothing. */
export type MakeHandle<Handle> = (values: readonly string[] | undefined) => Handle;

/** A level of the tree of tag values: below it the next level, at the last one the handle. */
type Level<Handle> = Map<string, Level<Handle> | Handle>;

/** One metric name with many series, told apart by the values of the tags that it was registered with. */
export class Family<Handle, TagName extends string = string> {
  readonly #tagNames: readonly string[];
  readonly #make: MakeHandle<Handle>;
  readonly #tally: Tally;
  // A tree of maps, because a key joined from several values is the same for different ones.
  readonly #root: Level<Handle> = new Map();
  #nowhere: Handle | undefined;

  /** @internal Made by a namespace's `counter`, `gauge`, … when it is given `tagNames`. */
  constructor(metric: Metric, tally: Tally, make: MakeHandle<Handle>) {
    this.#tagNames = metric.tagNames ?? [];
    this.#tally = tally;
    this.#make = make;
  }

  /**
   * The handle of the series with these tag values, made at its first use; the same one ever after, so keep it
   * where a loop needs it. Numbers and booleans are taken as strings. Never throws: when a value is missing the
   * handle records nothing, which is counted under `tag`.
   */
  with(tags: Readonly<Record<TagName, TagValue>>): Handle {
    const given = tags as Readonly<Record<string, unknown>> | null | undefined;
    const last = this.#tagNames.length - 1;
    let level = this.#root;
    for (let i = 0; ; i++) {
      const value = textOf(given?.[this.#tagNames[i] as string]);
      if (value === undefined) return this.#missing();
      const next = level.get(value);
      if (i === last) {
        if (next !== undefined) return next as Handle;
        const handle = this.#make(this.#tagNames.map((name) => textOf(given?.[name]) as string));
        level.set(value, handle);
        return handle;
      }
      const below: Level<Handle> = next === undefined ? new Map() : (next as Level<Handle>);
      if (next === undefined) level.set(value, below);
      level = below;
    }
  }

  #missing(): Handle {
    this.#tally.refuse('tag');
    this.#nowhere ??= this.#make(undefined);
    return this.#nowhere;
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
