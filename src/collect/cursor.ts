import { LogLinearHistogram } from '../histogram/index.js';
import { histogramOf, type Registry } from '../record/registry.js';
import type { Series } from '../record/series.js';
import { Sample, type SampleValue } from './sample.js';
import { type Capture, Snapshot } from './snapshot.js';

/**
 * How much of a series a payload carries: for a counter a number, for a histogram how many samples of each bin. A
 * sample is a part: the whole of what its series had. Gauges and texts may be parts too; nothing is owed of them.
 */
export interface Part {
  readonly series: Series;
  readonly value: SampleValue;
}

/** What of a series was delivered, or is owed: a number for a counter. Never changed in place. */
type Amount = number | LogLinearHistogram;

/** What one read showed. Commits are measured against it, and it must not change while they are made. */
interface Read {
  readonly capture: Capture;
  readonly bases: readonly (Amount | undefined)[];
  readonly since: readonly (number | undefined)[];
  readonly owed: ReadonlyMap<Series, Amount>;
  /** The histograms that it handed out, so that a whole one is known when it comes back. */
  readonly handed: WeakMap<LogLinearHistogram, Series>;
}

/**
 * One consumer's view of a recorder: what it has not been delivered yet. Any number of cursors stand side by side
 * and take nothing from each other. Of each series it remembers how much was delivered; nothing is ever queued.
 */
export class Cursor {
  readonly #registry: Registry;
  readonly #capture: () => Capture;
  readonly #unlisten: () => void;
  /** Delivered of each live series, by its id. */
  readonly #bases: (Amount | undefined)[] = [];
  /** When the last read was taken of which something of a series was delivered, by the series' id. */
  readonly #since: (number | undefined)[] = [];
  /** What series that have ended left undelivered, by the live series that took their place. */
  #owed: ReadonlyMap<Series, Amount> = new Map();
  /** From a series that has ended to the one that took its place; for parts that were read before. */
  readonly #successors = new WeakMap<Series, Series>();
  #read: Read | undefined;
  #start: number;
  #closed = false;

  /** @internal Made by `recorder.cursor()`. */
  constructor(registry: Registry, capture: () => Capture) {
    this.#registry = registry;
    this.#capture = capture;
    this.#start = registry.start;
    this.#unlisten = registry.listen({ ended: (series, successor) => this.#ended(series, successor) });
  }

  /**
   * What was recorded and not committed yet, from the recorder's beginning on; gauges and texts as they are. A read
   * ends the one before: committing an older read does nothing. After `close` there are no samples.
   */
  read(): Snapshot {
    const capture = this.#capture();
    const read: Read = {
      capture,
      bases: this.#bases.slice(),
      since: this.#since.slice(),
      owed: this.#owed,
      handed: new WeakMap(),
    };
    this.#read = read;
    const series = this.#closed ? [] : capture.series;
    const about = {
      at: capture.at,
      start: this.#start,
      temporality: 'delta',
      namespaces: capture.namespaces,
      series,
    } as const;
    return new Snapshot(about, function* () {
      for (const list of series) {
        for (const one of list)
          yield new Sample(one, read.since[one.id] ?? one.start, delta(read, one), read);
      }
    });
  }

  /**
   * Takes note of what was delivered: samples of the last read, or parts of them. What is left stays in the next
   * read. More than the read had counts as all that it had; committing twice is committing once. Never throws.
   */
  commit(parts: Iterable<Part>): void {
    const read = this.#read;
    if (read === undefined || this.#closed) return;
    for (const part of parts) {
      const made = Sample.readOf(part);
      if (made !== undefined && made !== read) continue;
      if (part.series.kind === 'counter') this.#commitCount(read, part.series, part.value);
      else if (part.series.kind === 'histogram') this.#commitHistogram(read, part.series, part.value);
      this.#start = read.capture.at;
    }
  }

  /** How many counters and histograms have something that is not delivered. */
  pending(): number {
    let pending = 0;
    for (const [{ kind }, siblings] of this.#registry.metrics) {
      if (kind !== 'counter' && kind !== 'histogram') continue;
      for (const series of siblings) {
        const base = this.#bases[series.id];
        if (this.#owed.has(series) || !isEmpty(difference(total(series), base))) pending++;
      }
    }
    return pending;
  }

  /** Gives up what was not delivered and lets the recorder forget this consumer. */
  close(): void {
    this.#closed = true;
    this.#unlisten();
    // What was delivered is kept, so that `pending` goes on to tell what was not.
    this.#read = undefined;
  }

  #commitCount(read: Read, series: Series, value: SampleValue): void {
    if (typeof value !== 'number' || !(value > 0)) return;
    const live = this.#live(series);
    const owed = (this.#owed.get(live) as number | undefined) ?? 0;
    const paid = Math.min(owed, value);
    if (owed > 0) this.#owe(live, owed - paid);
    if (live !== series) return;
    const base = (this.#bases[series.id] as number | undefined) ?? 0;
    // The bound makes a second commit of the same read harmless.
    this.#bases[series.id] = Math.max(base, Math.min(base + (value - paid), read.capture.count(series)));
    this.#since[series.id] = read.capture.at;
  }

  #commitHistogram(read: Read, series: Series, value: SampleValue): void {
    if (!(value instanceof LogLinearHistogram)) return;
    const live = this.#live(series);
    const owed = this.#owed.get(live) as LogLinearHistogram | undefined;
    if (owed !== undefined) this.#owe(live, difference(owed, value));
    if (live !== series) return;
    const all = read.capture.histogram(series);
    if (read.handed.get(value) === series) {
      // Cloned, because a view would keep the whole copy of the cells alive.
      this.#bases[series.id] = all.clone();
    } else {
      const base = this.#bases[series.id];
      const rest = difference(value, owed) as LogLinearHistogram;
      // Both floor at zero, so what is left of `rest` is in each bin at most what is open.
      const excess = difference(rest, difference(all, base));
      this.#bases[series.id] = sum(difference(rest, excess), base);
    }
    this.#since[series.id] = read.capture.at;
  }

  #ended(series: Series, successor: Series): void {
    const left = sum(difference(total(series), this.#bases[series.id]), this.#owed.get(series));
    this.#owe(series, 0);
    this.#bases[series.id] = undefined;
    this.#successors.set(series, successor);
    if (isEmpty(left)) {
      this.#since[series.id] = undefined;
    } else {
      this.#owe(successor, left);
      this.#since[series.id] ??= series.start;
    }
  }

  #owe(series: Series, amount: Amount): void {
    const owed = new Map(this.#owed);
    if (isEmpty(amount)) owed.delete(series);
    else owed.set(series, amount);
    this.#owed = owed;
  }

  /** The series that stands for this one now. */
  #live(series: Series): Series {
    let live = series;
    for (let next = this.#successors.get(live); next !== undefined; next = this.#successors.get(live))
      live = next;
    return live;
  }
}

/** A series' value in a read: what was open, and what predecessors left. */
function delta(read: Read, series: Series): SampleValue {
  const value = read.capture.value(series);
  if (series.kind !== 'counter' && series.kind !== 'histogram') return value;
  const open = sum(difference(value as Amount, read.bases[series.id]), read.owed.get(series));
  if (open instanceof LogLinearHistogram) read.handed.set(open, series);
  return open;
}

/** What a counter or histogram has recorded in all, now. */
function total(series: Series): Amount {
  return series.kind === 'counter' ? (series.store as Float64Array)[series.at]! : histogramOf(series).clone();
}

/** `a - b`, never below zero; a new object, or `a` itself where there is no `b`. */
function difference(a: Amount, b: Amount | undefined): Amount {
  if (b === undefined) return a;
  if (typeof a === 'number') return Math.max(0, a - (b as number));
  const result = a.clone();
  result.subtract(b as LogLinearHistogram);
  return result;
}

/** `a + b`; a new object, or `a` itself where there is no `b`. */
function sum(a: Amount, b: Amount | undefined): Amount {
  if (b === undefined) return a;
  if (typeof a === 'number') return a + (b as number);
  const result = a.clone();
  result.merge(b as LogLinearHistogram);
  return result;
}

function isEmpty(amount: Amount): boolean {
  return amount === 0 || (amount instanceof LogLinearHistogram && amount.count === 0);
}
