// Which fault comes next: from a shuffled deck, so that each comes before one comes again.
import type { Entry } from './entries.js';
import { type Fault, faults } from './faults.js';

export class Deck {
  readonly #random: () => number;
  readonly #share: number;
  readonly #faults: readonly Fault[];
  #cards: Fault[] = [];
  #lasting: { fault: Fault; left: number; outage: number } | undefined;
  #outages = 0;

  /**
   * @param share how many of the sends go wrong, 0 to 1
   * @param silence whether there is a place that does not answer a SYN
   */
  constructor({ way, tls = false }: Entry, random: () => number, share: number, silence: boolean) {
    this.#random = random;
    this.#share = share;
    this.#faults = faults.filter(
      (fault) =>
        fault.ways.includes(way) && (tls || fault.tls !== true) && (silence || fault.lookUp !== 'unanswered'),
    );
  }

  /** What goes wrong with the next send, if anything; and the number of the outage that it is of. */
  draw(): { readonly fault?: Fault; readonly outage?: number } {
    if (this.#lasting !== undefined && this.#lasting.left-- > 0) return this.#lasting;
    this.#lasting = undefined;
    if (this.#random() >= this.#share) return {};
    if (this.#cards.length === 0) this.#cards = this.#shuffled();
    const fault = this.#cards.pop() as Fault;
    if (fault.lasts === undefined) return { fault };
    const left = Math.floor(this.#random() * fault.lasts);
    this.#lasting = { fault, left, outage: ++this.#outages };
    return this.#lasting;
  }

  #shuffled(): Fault[] {
    const cards = [...this.#faults];
    for (let i = cards.length - 1; i > 0; i--) {
      const other = Math.floor(this.#random() * (i + 1));
      [cards[i], cards[other]] = [cards[other] as Fault, cards[i] as Fault];
    }
    return cards;
  }
}
