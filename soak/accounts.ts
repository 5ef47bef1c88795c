// What was sent and what arrived of it, number by number.
import type { Amount, Format } from './formats.js';
import type { Outcome } from './table.js';

export type Amounts = Map<string, number>;

export function add(into: Amounts, amounts: Iterable<Amount>, sign = 1): void {
  for (const [key, amount] of amounts) into.set(key, (into.get(key) ?? 0) + sign * amount);
}

/** One payload on its way. */
export interface Send {
  readonly id: number;
  readonly begun: number;
  /** What it carries. */
  readonly carries: readonly Amount[];
  /** The units of its text that have not arrived. */
  readonly expected: Map<string, number>;
  /** What arrived of it. */
  readonly arrived: Amounts;
  outcome?: Outcome;
  /** Whether the flusher counts it as done. */
  committed: boolean;
  /** Whether the flusher may have given it up before it had ended, on a machine that was busy. */
  uncertain: boolean;
  /** Whether it may be missing, where it is `sent`. */
  mayBeLost: boolean;
  /** What went wrong, for people. */
  readonly fault: string;
}

/** Samples, by what became of them at the receiver. */
export interface Difference {
  lost: number;
  doubled: number;
}

/** Says what must not be, and one such case. */
export type Violate = (what: string, example?: string) => void;

/** How long after a send something of it may arrive, in milliseconds. */
const late = 5000;

/** The accounts of one receiver. */
export class Accounts {
  readonly arrived: Amounts = new Map();
  /** What is missing, and what came twice, of what may; by the outcome. */
  readonly excused = new Map<Outcome, Difference>();
  readonly #format: Format;
  readonly #totals: boolean;
  readonly #violate: Violate;
  readonly #sends: Send[] = [];
  /** What arrived of finished sends less what they were to deliver. */
  readonly #settled: Amounts = new Map();
  /** What nobody knows whether the flusher counts it as done. */
  readonly #uncertain: Amounts = new Map();
  /** How many sends that is. */
  uncertain = 0;
  #ids = 0;

  /** @param totals whether what arrives replaces what there is */
  constructor(format: Format, totals: boolean, violate: Violate) {
    this.#format = format;
    this.#totals = totals;
    this.#violate = violate;
  }

  /** The number of the send that begins next. */
  get next(): number {
    return this.#ids + 1;
  }

  /** @param fault what is to go wrong with it, for people */
  begin(text: string, fault: string): Send {
    const expected = new Map<string, number>();
    for (const unit of this.#format.units(text)) expected.set(unit, (expected.get(unit) ?? 0) + 1);
    const send: Send = {
      id: ++this.#ids,
      begun: Date.now(),
      carries: this.#format.read(text),
      expected,
      arrived: new Map(),
      committed: false,
      uncertain: false,
      mayBeLost: false,
      fault,
    };
    this.#sends.push(send);
    return send;
  }

  /**
   * Something arrived.
   * @param first the first send that it can be of: exactly that one where `only`
   */
  take(text: string, first: number, only: boolean, recorded: ReadonlyMap<string, number>): void {
    let amounts: Amount[];
    try {
      amounts = this.#format.read(text);
    } catch (error) {
      this.#violate('what arrived cannot be read', (error as Error).message);
      return;
    }
    for (const unit of this.#format.units(text)) this.#credit(unit, first, only);
    if (!this.#totals) {
      add(this.arrived, amounts);
      return;
    }
    for (const [key, amount] of amounts) {
      this.arrived.set(key, amount);
      if (amount > (recorded.get(key) ?? 0))
        this.#violate('a total of more than was recorded', `${key} ${amount}`);
    }
  }

  #credit(unit: string, first: number, only: boolean): void {
    const expects = (send: Send): boolean => (send.expected.get(unit) ?? 0) > 0;
    const of = (send: Send): boolean => (only ? send.id === first : send.id >= first) && expects(send);
    // The oldest that it can be of. A datagram tells nothing of where it is from, and a connection that was accepted
    // late may be of an earlier send: then it is the newest.
    const send = (first > 0 ? this.#sends.find(of) : undefined) ?? this.#sends.findLast(expects);
    if (send === undefined) {
      if (this.#format.read(unit).length > 0)
        this.#violate('arrived without being sent, or twice by one send', unit);
      return;
    }
    send.expected.set(unit, (send.expected.get(unit) ?? 0) - 1);
    add(send.arrived, this.#format.read(unit));
  }

  /** Looks at sends of which nothing can arrive any more; at all of them in the end. */
  settle(end = false): void {
    while (this.#sends[0]?.outcome !== undefined && (end || Date.now() - this.#sends[0].begun > late)) {
      const [send] = this.#sends.splice(0, 1);
      if (send !== undefined) this.#finish(send);
    }
  }

  #finish(send: Send): void {
    if (send.uncertain) {
      this.uncertain++;
      add(this.#uncertain, send.carries);
    }
    const difference = new Map(send.arrived);
    if (send.committed) add(difference, send.carries, -1);
    add(this.#settled, difference);
    const { outcome = 'unknown', fault } = send;
    let [lost, doubled] = [0, 0];
    for (const [key, amount] of difference) {
      if (key.endsWith(' .sum')) continue;
      if (amount < 0) lost -= amount;
      else doubled += amount;
    }
    if (lost === 0 && doubled === 0) return;
    const excused =
      outcome === 'unknown' ||
      (doubled === 0 && (outcome === 'rejected' || (outcome === 'sent' && send.mayBeLost)));
    // Of totals, the next pass says it all again.
    if (this.#totals && outcome !== 'delivered' && outcome !== 'sent') return;
    if (!excused)
      this.#violate(`${outcome}, yet ${lost > 0 ? 'it did not arrive' : 'it arrived'} (${fault})`);
    if (this.#totals) return;
    const sum = this.excused.get(outcome) ?? { lost: 0, doubled: 0 };
    this.excused.set(outcome, { lost: sum.lost + lost, doubled: sum.doubled + doubled });
  }

  /** Compares what arrived with what was recorded, when everything is settled. */
  compare(recorded: ReadonlyMap<string, number>): void {
    this.settle(true);
    for (const key of new Set([...recorded.keys(), ...this.arrived.keys()])) {
      const known = this.#totals ? 0 : (this.#settled.get(key) ?? 0);
      const difference = (this.arrived.get(key) ?? 0) - (recorded.get(key) ?? 0) - known;
      if (Math.abs(difference) <= (this.#uncertain.get(key) ?? 0)) continue;
      const what = difference < 0 ? 'lost' : 'doubled';
      this.#violate(`${what}, and no send accounts for it`, `${Math.abs(difference)} of ${key}`);
    }
  }
}
