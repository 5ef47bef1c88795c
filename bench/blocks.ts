// For how long the event loop is held by what is done with very many series at once, each time in processes of its own.
import type { Blocks } from './children/crowd.js';
import { child } from './children/run.js';
import { type Bench, median } from './harness.js';

/** How long anything may hold the event loop, in milliseconds. */
const longest = 15;
/** Steps that make or free very many objects: the garbage collector alone may pause for longer than that. */
const collected = ['a pass after it, which is owed all'];
/** The same among a million. */
const collectedOfMillion = [
  ...collected,
  'first scrape',
  'snapshot(), while half of them are to end',
  'a sweep that ends half of them',
];

export const remarks = `Figures are medians where there are several processes. The collector's pauses are in them, and among a million
series, or where 217 MB are copied, they are most of it: no promise is made there. \`snapshot()\` copies all values
before it returns, by contract; \`collect()\` is the way that lets the event loop go on.`;

interface Crowd {
  readonly title: string;
  readonly size: number;
  readonly kind: 'counters' | 'histograms';
  readonly processes: number;
  /** What nothing is promised of. */
  readonly unpromised: readonly string[];
}

const crowds: readonly Crowd[] = [
  {
    title: '200,000 counters of one family',
    size: 200_000,
    kind: 'counters',
    processes: 3,
    unpromised: collected,
  },
  {
    title: '1,000,000 counters of one family',
    size: 1_000_000,
    kind: 'counters',
    processes: 1,
    unpromised: collectedOfMillion,
  },
  {
    title: '100,000 timers of one family, 217 MB of cells',
    size: 100_000,
    kind: 'histograms',
    processes: 3,
    unpromised: ['collect()', 'snapshot()', 'a scrape'],
  },
];

export default function blocks(bench: Bench): void {
  for (const { title, size, kind, processes, unpromised } of crowds) {
    const runs = Array.from({ length: processes }, () => child<Blocks>('crowd', `${size}`, kind));
    bench.say(`\n${title}: the longest block`);
    for (const what of Object.keys(runs[0] as Blocks)) {
      const values = runs.map((run) => run[what] as number);
      bench.figure(what, median(values), 'ms', unpromised.includes(what) ? {} : { atMost: longest });
    }
  }
}
