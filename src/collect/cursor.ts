import { LogLinearHistogram } from '../histogram/index.js';
import { Printed } from '../printed.js';
import type { Registry } from '../record/registry.js';
import type { Series } from '../record/series.js';
import { type Amount, copyOf, difference, meet, sizeOf, sum, total } from './amount.js';
import { Heirs } from './heirs.js';
import { inTurn } from './in-turn.js';
import { Paged } from './paged.js';
import { Sample, type SampleValue } from './sample.js';
import { type Capture, Snapshot } from './snapshot.js';
import { everything, type View } from './view.js';

/**
 * How much of a series a payload carries: for a counter a number, for a histogram how many samples of each bin. A
 * sample is a part: the whole of what its series had. Gauges and texts may be parts too; nothing is owed of them.
 */
export interface Part {
  /** Whose it is. */
  readonly series: Series;
  /** How much it is. */
  readonly value: SampleValue;
}

/** What a series left undelivered when it ended. */
interface Debt {
  readonly amount: Amount;
  /** The beginning of what it covers. */
  readonly since: Since;
}

/** The beginning of something. A series is its own. All series that one read delivered share one object. */
interface Since {
  /** In milliseconds since 1970, for time stamps. */
  readonly start: number;
  /** By the monotonic clock, for durations. */
  readonly began: number;
}

/** What one read showed. Commits are measured against it, and it must not change while they are made. */
interface Read {
  readonly capture: Capture;
  readonly bases: Paged<Amount>;
  readonly since: Paged<Since>;
  readonly moment: Since;
  readonly owed: ReadonlyMap<Series, Debt>;
  /**
   * How much was committed of a series to which something is owed, or that has ended since; of the others it is what
   * their base has grown by.
   */
  readonly paid: Map<Series, Amount>;
  readonly heirs: Heirs;
}

/** What a cursor has not been told of yet. */
export interface Undelivered {
  /** Counters and histograms with something that is not delivered. */
  readonly series: number;
  /** Since when that may be so; `undefined` where there are none. */
  readonly since: Since | undefined;
}

/** How many series are counted before other work can be done. */
const countedAtOnce = 512;
/** How many series that have ended a cursor remembers; what others leave goes to their families' overflow. */
const maxDebts = 2000;

/**
 * One consumer's view of a recorder: what it has not been delivered yet. Any number of cursors stand side by side
 * and take nothing from each other. Of each series it remembers how much was delivered; nothing is ever queued.
 */
export class Cursor extends Printed {
  readonly #registry: Registry;
  readonly #capture: () => Capture;
  readonly #view: View;
  readonly #unlisten: () => void;
  /** Delivered of each live series, by its id. */
  readonly #bases = new Paged<Amount>();
  /** The last read of which something of a series was delivered, by the series' id. */
  readonly #since = new Paged<Since>();
  /** What series that have ended left undelivered: under the series that took their place, or their own if none did. */
  #owed = new Map<Series, Debt>();
  #read: Read | undefined;
  /** What {@link close} gave up; `undefined` while it is open. */
  #left: Undelivered | undefined;

  /** @internal Made by `recorder.cursor()`. */
  constructor(registry: Registry, capture: () => Capture, view: View = everything) {
    super();
    this.#registry = registry;
    this.#capture = capture;
    this.#view = view;
    this.#unlisten = registry.listen({ ended: (series, successor) => this.#ended(series, successor) });
  }

  /**
   * What was recorded and not committed yet, from the recorder's beginning on; gauges and texts as they are. Series
   * that have ended are there until what they left is committed. A read ends the one before: committing an older read
   * does nothing. After `close` there are no samples.
   */
  read(): Snapshot {
    const capture = this.#capture().take();
    const open = this.#left === undefined;
    // What was read before is still to be seen after it is closed.
    if (open) this.#passOn();
    const read: Read = {
      capture,
      bases: this.#bases.copy(),
      since: this.#since.copy(),
      moment: { start: capture.at, began: capture.monotonic },
      owed: this.#owed,
      paid: new Map(),
      heirs: new Heirs(),
    };
    if (open) this.#read = read;
    const { accept, Sample } = this.#view;
    const ended = [...read.owed.keys()].filter((one) => !capture.lists(one));
    const { first, renamed, waiting } = inTurn(this.#registry, ended);
    // Before the others where something else has the name now, which may be dropped beside it.
    const all = renamed ? [first, ...capture.series] : [...capture.series, first];
    const series = !open ? [] : first.length > 0 ? all : capture.series;
    /** Since when a sample covers what it has; `undefined` where it is not wanted. */
    const since = (one: Series): number | undefined => {
      const owed = read.owed.get(one)?.since.start;
      if (!capture.has(one) || !accept(one)) return owed;
      if (owed === undefined && waiting.has(one.metric)) return undefined;
      return Math.min(owed ?? Number.POSITIVE_INFINITY, (read.since.get(one.id) ?? one).start);
    };
    const start = (): number => {
      let earliest: number | undefined;
      for (const list of series) {
        for (const one of list) {
          const from = one && since(one);
          if (from !== undefined) earliest = Math.min(from, earliest ?? from);
        }
      }
      return earliest ?? capture.start;
    };
    const made = (one: Series): Sample | undefined => {
      const from = since(one);
      return from === undefined ? undefined : new Sample(one, from, this.#delta(read, one), read);
    };
    return new Snapshot({ ...capture, start, temporality: 'delta', series }, made);
  }

  /**
   * Takes note of what was delivered: samples of the last read, or parts of them. What is left stays in the next
   * read. More than the read had counts as all that it had; committing twice is committing once. Never throws: what is
   * not an iterable, or fails while it is iterated, is counted under `value`, and what is no part is left out.
   */
  commit(parts: Iterable<Part>): void {
    try {
      this.#commitAll(parts);
    } catch {
      this.#registry.tally.refuse('value');
    }
  }

  #commitAll(parts: Iterable<Part>): void {
    const read = this.#read;
    if (read === undefined) return;
    for (const part of parts) {
      // Whoever makes parts may have read or closed meanwhile.
      if (this.#read !== read) return;
      if (part?.series?.origin?.registry !== this.#registry) continue;
      const made = Sample.readOf(part);
      const { series, value } = part;
      const whole = made === read;
      if (made !== undefined && !whole) continue;
      const counts = series.kind === 'counter' && typeof value === 'number' && (value > 0 || whole);
      const bins = series.kind === 'histogram' && value instanceof LogLinearHistogram;
      if (counts || bins) this.#commit(read, series, value, whole);
      else if (whole && !series.ended) this.#since.set(series.id, read.moment);
    }
  }

  /** How many counters and histograms have something that is not delivered. Looks at each: 0.1 s for a million. */
  pending(): number {
    return this.count().series;
  }

  /**
   * Since when something may be undelivered, in milliseconds since 1970; `undefined` where everything is delivered.
   * Looks at each counter and histogram: 0.1 s for a million.
   */
  oldest(): number | undefined {
    return this.count().since?.start;
  }

  /** What `JSON.stringify` writes: how much is not delivered, and since when, in milliseconds since 1970. */
  override toJSON(): object {
    const { series, since } = this.count();
    return { pending: series, oldest: since?.start, closed: this.#left !== undefined };
  }

  /** Gives up what was not delivered and lets the recorder forget this consumer. */
  close(): void {
    this.end(this.count());
  }

  /** @internal {@link close} where it is known what is not delivered. */
  end(left: Undelivered): void {
    this.#left ??= left;
    this.#unlisten();
    this.#read = undefined;
  }

  /** @internal Lets go of the last read and its copy of all cells: nothing of it is committed any more. */
  settle(): void {
    this.#read = undefined;
  }

  /** @internal How many series there are to count. */
  get size(): number {
    return this.#registry.size + this.#owed.size;
  }

  /** @internal Counts what is not delivered; stops now and then, so that other work can be done. */
  *counting(): Generator<void, Undelivered> {
    if (this.#left !== undefined) return this.#left;
    let count = 0;
    let oldest: Since | undefined;
    for (const [one, { since }] of this.#owed) {
      if (!one.ended) continue;
      count++;
      oldest = earlier(since, oldest);
    }
    let looked = 0;
    for (const [{ kind }, siblings] of this.#registry.metrics) {
      if (++looked % countedAtOnce === 0) yield;
      if (kind !== 'counter' && kind !== 'histogram') continue;
      for (const series of siblings) {
        if (++looked % countedAtOnce === 0) yield;
        if (series === undefined) continue;
        const debt = this.#owed.get(series);
        const base = this.#bases.get(series.id);
        const open =
          this.#view.accept(series) &&
          (kind === 'counter'
            ? (series.store as Float64Array)[series.at]! > ((base as number | undefined) ?? 0)
            : sizeOf(total(series)) > sizeOf(base));
        if (debt === undefined && !open) continue;
        count++;
        if (debt !== undefined) oldest = earlier(debt.since, oldest);
        if (open) oldest = earlier(this.#since.get(series.id) ?? series, oldest);
      }
    }
    // A series that is its own beginning is not kept.
    return { series: count, since: oldest && { start: oldest.start, began: oldest.began } };
  }

  /** @internal Counts what is not delivered, all at once. */
  count(): Undelivered {
    // What ends later would be seen nowhere until then.
    this.#registry.endRest();
    const counting = this.counting();
    for (;;) {
      const { done, value } = counting.next();
      if (done) return value;
    }
  }

  /** A series' value in a read: what was open, and what predecessors left, which is all that is not wanted by itself. */
  #delta(read: Read, series: Series): SampleValue {
    const owed = read.owed.get(series)?.amount;
    if (!read.capture.has(series)) return copyOf(owed as Amount);
    const value = read.capture.value(series);
    if (series.kind !== 'counter' && series.kind !== 'histogram') return value;
    if (owed !== undefined && !this.#view.accept(series)) return copyOf(owed);
    const base = read.bases.get(series.id);
    // A histogram of the host's own, which must not change what commits are measured against.
    const open = base === undefined ? copyOf(value as Amount) : difference(value as Amount, base);
    return sum(open, owed);
  }

  /** @param whole whether it is all that the read had of the series */
  #commit(read: Read, series: Series, value: Amount, whole: boolean): void {
    // Of very many that ended together it may be told later, which would be too late here.
    if (series.ended && !series.settled) this.#registry.end(series);
    const owed = read.owed.get(series)?.amount;
    const captured = read.capture.has(series);
    if (!captured && owed === undefined) return;
    const lives = captured && !series.ended;
    const all = captured ? (read.capture.value(series) as Amount) : 0;
    const base = this.#bases.get(series.id);
    if (lives && owed === undefined) {
      // Cloned, because a view would keep the whole copy of the cells alive. What is more than was open is not counted,
      // which makes a second commit of the same read harmless.
      this.#deliver(read, series, whole ? copyOf(all) : sum(meet(value, difference(all, base)), base), all);
      return;
    }
    const wanted = lives && this.#view.accept(series);
    const before = read.paid.get(series);
    const had = this.#delta(read, series) as Amount;
    const fresh = whole ? difference(had, before) : meet(value, difference(had, before));
    read.paid.set(series, whole ? had : sum(fresh, before));
    // A series that has ended since the read left a debt, of which all of this is a part.
    const due = wanted ? difference(owed as Amount, before) : fresh;
    const toDebt = whole ? due : meet(fresh, due);
    const heir = read.heirs.of(series);
    const debt = this.#owed.get(heir);
    if (debt !== undefined) this.#owe(heir, { ...debt, amount: difference(debt.amount, toDebt) });
    // Nothing is rounded where all was delivered.
    if (wanted) this.#deliver(read, series, whole ? copyOf(all) : sum(difference(fresh, toDebt), base), all);
  }

  /** Notes how much of a live series is delivered now, of all that it had. Of what is left it is not known how old it is. */
  #deliver(read: Read, { id }: Series, base: Amount, all: Amount): void {
    this.#bases.set(id, base);
    if (sizeOf(base) >= sizeOf(all)) this.#since.set(id, read.moment);
  }

  #ended(series: Series, successor: Series | undefined): void {
    const { kind, id } = series;
    if (kind !== 'counter' && kind !== 'histogram') {
      this.#since.set(id, undefined);
      return;
    }
    const debt = this.#owed.get(series);
    const base = this.#bases.get(id);
    const read = this.#read;
    const before = read?.bases.get(id);
    if (read?.capture.has(series) && !read.paid.has(series) && base !== undefined && base !== before) {
      read.paid.set(series, difference(base, before));
    }
    // Of a series that is not wanted there can only be what others left to it.
    const open = this.#view.accept(series) ? difference(copyOf(total(series)), base) : 0;
    const amount = open === 0 ? (debt?.amount ?? 0) : sum(open, debt?.amount);
    const own = this.#since.get(id) ?? series;
    // Of a series that has nothing itself it is as old as what others left to it.
    const since = debt === undefined ? own : sizeOf(open) > 0 ? earlier(debt.since, own) : debt.since;
    this.#owe(series, undefined);
    this.#bases.set(id, undefined);
    this.#since.set(id, undefined);
    if (sizeOf(amount) === 0) {
      if (successor !== undefined) this.#move(series, successor);
      return;
    }
    let heir = successor ?? series;
    if (heir.ended && this.#owed.size >= maxDebts) heir = series.origin.family?.overflow().series ?? series;
    this.#bequeath(series, heir, { amount, since });
  }

  /**
   * Lets the series that came back take over what their predecessors left, or one predecessor what several left, so
   * that no two samples of a read look the same.
   */
  #passOn(): void {
    const seen = new Map<string, Series>();
    for (const [series, debt] of this.#owed) {
      if (!series.ended) continue;
      // As JSON no two lists of strings are the same.
      const { path, name, values, kind, unit, origin } = series;
      const identity = JSON.stringify([path, name, values, kind, unit, origin.base]);
      const heir = origin.family?.heir(series) ?? this.#registry.heir(series) ?? seen.get(identity);
      if (heir === undefined) {
        seen.set(identity, series);
      } else {
        this.#owe(series, undefined);
        this.#bequeath(series, heir, debt);
      }
    }
  }

  #bequeath(series: Series, heir: Series, debt: Debt): void {
    const other = this.#owed.get(heir);
    const since = earlier(debt.since, other?.since);
    this.#owe(heir, { amount: sum(debt.amount, other?.amount), since });
    this.#move(series, heir);
  }

  #move(from: Series, to: Series): void {
    const read = this.#read;
    read?.heirs.move(from, to, read.capture.has(from) || read.owed.has(from));
  }

  #owe(series: Series, debt: Debt | undefined): void {
    // A read that is still looked at keeps what it saw.
    if (this.#owed === this.#read?.owed) this.#owed = new Map(this.#owed);
    if (debt === undefined || sizeOf(debt.amount) === 0) this.#owed.delete(series);
    else this.#owed.set(series, debt);
  }
}

function earlier(one: Since, other: Since | undefined): Since {
  return other !== undefined && other.began < one.began ? other : one;
}
