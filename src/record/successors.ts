import type { Metric } from './metric.js';

/** So many names are remembered that nobody has registered again. */
const mostNames = 2000;

/** Which metric has the name now of one that was unregistered. */
export class Successors {
  /** Metrics that were unregistered, by path and name, until something is registered there. */
  readonly #vacant = new Map<string, Metric[]>();
  readonly #successors = new WeakMap<Metric, Metric>();

  /** Notes that a metric has a name no longer. */
  unregister(metric: Metric): void {
    const name = nameOf(metric);
    this.#vacant.set(name, [...(this.#vacant.get(name) ?? []), metric]);
    if (this.#vacant.size <= mostNames) return;
    const [oldest] = this.#vacant.keys();
    this.#vacant.delete(oldest as string);
  }

  /** Notes that a metric has a name now. */
  register(metric: Metric): void {
    if (this.#vacant.size === 0) return;
    const name = nameOf(metric);
    for (const before of this.#vacant.get(name) ?? []) this.#successors.set(before, metric);
    this.#vacant.delete(name);
  }

  /** The last metric that had, or has, the name of one; itself where none came after it. */
  of(metric: Metric): Metric {
    let last = metric;
    for (let next = this.#successors.get(metric); next !== undefined; next = this.#successors.get(next))
      last = next;
    return last;
  }
}

function nameOf({ path, name }: Metric): string {
  // As JSON no two lists of strings are the same.
  return JSON.stringify([path, name]);
}
