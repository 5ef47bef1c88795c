// What sends where a server goes wrong: a service whose series come and go.
import { type Counter, type Histogram, Recorder } from 'circmetrics';

const [routes, timed, digits, decades] = [60, 5, 90, 5];

/** Each is a bin of its own. */
const measured = (digit: number, decade: number): number => (10 + digit) * 10 ** (decade - 4);

/** A service that counts and times, with series that come and go; it keeps its own accounts. */
export class Service {
  readonly recorder = new Recorder({ onWarning: () => {} });
  readonly counts = new Map<string, number>();
  /** By name and by value. */
  readonly samples = new Map<string, Map<number, number>>();
  readonly #next: () => number;
  readonly #counters: Counter[];
  readonly #histograms: Histogram[];
  readonly #routes;
  readonly #latency;

  constructor(next: () => number) {
    this.#next = next;
    this.#counters = Array.from({ length: 12 }, (_, i) => this.recorder.counter(`c${i}`));
    this.#histograms = Array.from({ length: 4 }, (_, i) => this.recorder.histogram(`h${i}`));
    this.#routes = this.recorder.counter('routes', { tagNames: ['route'], maxSeries: 100 });
    this.#latency = this.recorder.timer('latency', { tagNames: ['route'] });
  }

  work(): void {
    const pick = (n: number): number => Math.floor(this.#next() * n);
    for (let i = 0; i < 20; i++) {
      const n = pick(5);
      this.#add(pick(12), n);
      this.#call(pick(routes), n + 1);
      const value = measured(pick(digits), pick(decades));
      this.#measure(pick(4), value);
      this.#time(pick(timed), value);
    }
    const chance = this.#next();
    if (chance < 0.2) this.#routes.remove({ route: `r${pick(routes)}` });
    else if (chance < 0.3) this.#latency.remove({ route: `r${pick(timed)}` });
    else if (chance < 0.33) this.#routes.clear();
    else if (chance < 0.4) this.#counters[pick(12)]?.clear();
    else if (chance < 0.45) this.#histograms[pick(4)]?.clear();
  }

  /** Records everything that there can be, after which neither the recorder nor the accounts have to grow. */
  workOnAll(): void {
    for (let at = 0; at < 12; at++) this.#add(at, 1);
    for (let route = 0; route < routes; route++) this.#call(route, 1);
    for (let bin = 0; bin < digits * decades; bin++) {
      const value = measured(bin % digits, Math.floor(bin / digits));
      for (let at = 0; at < 4; at++) this.#measure(at, value);
      for (let route = 0; route < timed; route++) this.#time(route, value);
    }
  }

  #add(at: number, n: number): void {
    this.#counters[at]?.add(n);
    this.#count(`c${at}`, n);
  }

  #call(route: number, n: number): void {
    this.#routes.with({ route: `r${route}` }).add(n);
    this.#count(`routes r${route}`, n);
  }

  #measure(at: number, value: number): void {
    this.#histograms[at]?.record(value, 2);
    this.#sample(`h${at}`, value, 2);
  }

  #time(route: number, value: number): void {
    this.#latency.with({ route: `r${route}` }).record(value);
    this.#sample(`latency r${route}`, value, 1);
  }

  #count(name: string, n: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + n);
  }

  #sample(name: string, value: number, n: number): void {
    const bins = this.samples.get(name) ?? new Map<number, number>();
    const edge = Number(value.toPrecision(2));
    bins.set(edge, (bins.get(edge) ?? 0) + n);
    this.samples.set(name, bins);
  }
}
