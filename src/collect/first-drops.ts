import type { Metric } from '../record/metric.js';
import type { Series } from '../record/series.js';

/** So many metrics are named for each reader; what else it drops is only counted. */
const mostNamed = 100;

/** What is as the host wants it, or as the documents say of all of a kind. */
const expected: ReadonlySet<string> = new Set(['suppressed', 'unsupported', 'no_value']);

/** Reasons in words. Backends of the host's have others. */
const words: Readonly<Record<string, string>> = {
  collision: 'another series has its name and tags there',
  name_too_long: 'its name is too long',
  tag_too_long: 'a tag is too long',
  too_many_tags: 'it has too many tags',
  too_large: 'it does not fit into a payload',
  out_of_range: 'its value does not fit',
};

/** Tells the host, metric by metric, of the first series that a reader drops. */
export class FirstDrops {
  readonly #reader: string;
  readonly #named = new Set<Metric>();
  #last: Metric | undefined;

  /** @param reader what drops it, for messages: a backend, or an endpoint */
  constructor(reader: string) {
    this.#reader = reader;
  }

  /** Notes that a series was dropped, by a reason of one stable word. */
  note({ origin: { metric, registry } }: Series, reason: string): void {
    // Asked first, because the series of a metric stand together, and all of them may be dropped.
    if (metric === this.#last || expected.has(reason)) return;
    this.#last = metric;
    if (this.#named.has(metric) || this.#named.size >= mostNamed) return;
    this.#named.add(metric);
    const why = words[reason] === undefined ? '' : `: ${words[reason]}`;
    registry.tally.warn(`A series of ${metric.label} is dropped by ${this.#reader} (${reason})${why}.`);
  }
}
