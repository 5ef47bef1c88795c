import { Printed } from '../printed.js';
import type { GaugeType, Kind, Metric } from './metric.js';
import type { Tag } from './tags.js';
import type { Unit } from './units.js';

/** What a series, and each sample of it, has from its metric. Asked for there, so that samples stay cheap. */
export abstract class Described extends Printed {
  /** @internal */
  abstract readonly metric: Metric;

  /** Sorted pairs without repetitions; a category may have several values. */
  abstract readonly tags: readonly Tag[];

  /** What `JSON.stringify` writes: what it is, its path and name joined by dots, and its tags if it has some. */
  override toJSON(): object {
    const { kind, path, name, tags } = this;
    return { kind, name: [...path, name].join('.'), ...(tags.length > 0 && { tags }) };
  }

  /** What it holds. */
  get kind(): Kind {
    return this.metric.kind;
  }

  /** The names of its namespaces, from the root's child down. */
  get path(): readonly string[] {
    return this.metric.path;
  }

  /** Its own name. */
  get name(): string {
    return this.metric.name;
  }

  /** A gauge's number type; `undefined` for the other kinds. */
  get type(): GaugeType | undefined {
    return this.metric.type;
  }

  /** The upper bounds that it was registered with, ascending, in its unit; `undefined` without any. */
  get buckets(): readonly number[] | undefined {
    return this.metric.buckets;
  }

  /** What one of it is. */
  get unit(): Unit | undefined {
    return this.metric.unit;
  }

  /** One sentence for people. */
  get help(): string | undefined {
    return this.metric.help;
  }

  /** The name for tagged output in place of `name`; `false` where the metric stays out of it. */
  get taggedName(): string | false | undefined {
    return this.metric.taggedName;
  }
}
