import type { Family } from '../../record/family.js';
import { gaugeValue } from '../../record/gauge.js';
import type { Handle } from '../../record/handle.js';
import type { Metric } from '../../record/metric.js';
import type { Instrument, Registry } from '../../record/registry.js';
import type { GaugeContribution, TextContribution } from './contributions.js';
import type { Known } from './instruments.js';

/** One series of the reading thread, into which others record. */
export class Target {
  readonly known: Known;
  readonly handle: Handle;
  /** Of how many threads' series it is. */
  users = 0;
  /** The values that threads have of a gauge. */
  readonly gauges: Set<GaugeContribution> = new Set();
  /** The values that threads have of a text. */
  readonly texts: Set<TextContribution> = new Set();
  /** Of a gauge the reading thread's own value, and at which pull it was seen to change. */
  own: { readonly value: number | bigint | null; readonly stamp: number };
  #used: boolean;

  /** @param used whether it was there before threads had it */
  constructor(known: Known, handle: Handle, used: boolean) {
    this.known = known;
    this.handle = handle;
    const value = this.#value;
    this.own = { value, stamp: 0 };
    // What every gauge begins with is 0, or 0n by its type.
    this.#used = used || !(value === 0 || value === 0n);
  }

  /** Whether the host has it as well. Of a family's series that threads had first that shows when it sets a value. */
  get used(): boolean {
    return this.#used || (this.known.own && !isFamily(this.known.made));
  }

  /** Looks at the gauge's own value. */
  look(pull: number): void {
    const value = this.#value;
    if (value === this.own.value) return;
    this.own = { value, stamp: pull };
    this.#used = true;
  }

  get #value(): number | bigint | null {
    const { store, at, type } = this.handle.series;
    return type === undefined ? 0 : gaugeValue(store as Float64Array, at, type);
  }
}

/** The series of the reading thread that others record into. */
export class Targets {
  readonly #registry: Registry;
  readonly #targets = new Map<Handle, Target>();
  /** How often threads were read. */
  pulls = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Whether some thread has it. */
  has(handle: Handle): boolean {
    return this.#targets.has(handle);
  }

  [Symbol.iterator](): Iterator<Target> {
    return this.#targets.values();
  }

  /**
   * Takes a series for a thread's: by the tag values of a family, none for its overflow. Made if need be; `undefined`
   * where the metric was unregistered.
   */
  take(known: Known, values: readonly string[]): Target | undefined {
    const before = this.#registry.size;
    const { made } = known;
    if (made === undefined) return undefined;
    const handle = this.#handle(made, known.metric, values);
    const target =
      this.#targets.get(handle) ??
      new Target(known, handle, isFamily(made) && this.#registry.size === before);
    target.users++;
    this.#targets.set(handle, target);
    return target;
  }

  /**
   * Gives it back. It ends with its last thread if its owner ended it, or if it says what is now, as gauges do, unless
   * the host has it too; what has been counted stays.
   */
  release(target: Target, ended: boolean): void {
    target.users--;
    if (target.users > 0) return;
    this.#targets.delete(target.handle);
    const { series } = target.handle;
    const passes = series.kind === 'gauge' && series.metric.merge !== 'last';
    if (target.used || series.ended || !(ended || passes)) return;
    const { made } = target.known;
    if (isFamily(made)) {
      made.end(series.slot);
    } else {
      target.handle.detach();
      this.#registry.end(series);
    }
  }

  #handle(made: Instrument, metric: Metric, values: readonly string[]): Handle {
    if (isFamily(made)) {
      if (values.length === 0) return made.overflow();
      const names = metric.tagNames ?? [];
      return made.with(Object.fromEntries(names.map((name, i) => [name, values[i] as string]))) as Handle;
    }
    reopen(made);
    return made;
  }
}

/** Gives a handle without a family, whose series ended with the last thread, a new one. */
export function reopen(handle: Handle): void {
  const { ended, origin } = handle.series;
  if (!ended) return;
  handle.series = origin.registry.add(origin, 0);
  handle.attach();
}

/** Whether the host has a family: it may be of another copy of the package. */
function isFamily(made: Known['made']): made is Family<unknown> {
  return made !== undefined && 'with' in made;
}
