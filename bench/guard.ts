/**
 * What `.ci/run` holds the hot paths to: not what is promised, which a busy machine may miss, but what only a change
 * for the worse can miss. Each path is raced against a floor in the same process; the best of several medians counts,
 * and as soon as one keeps the promise there is nothing more to try.
 */
import { Recorder } from 'circmetrics';
import {
  type Bench,
  loop,
  loopOver,
  median,
  normal,
  type Party,
  ratiosOf,
  seeded,
  turns,
} from './harness.js';

const calls = 1 << 16;
const rounds = 15;
const attempts = 7;
/** How many times the promised ratio is certainly wrong. */
const slack = 2;

interface Path {
  readonly name: string;
  readonly floor: string;
  /** The ratio to the floor that is promised or, of those without a promise, usual. */
  readonly promised: number;
  readonly parties: readonly [path: Party, floor: Party];
}

function paths(): Path[] {
  const recorder = new Recorder();
  const counter = recorder.counter('counter');
  const gauge = recorder.gauge('gauge');
  const histogram = recorder.histogram('histogram');
  const timer = recorder.timer('timer');
  const family = recorder.counter('family', { tagNames: ['route', 'status'] });
  const cells = new Float64Array(8192);
  const gauss = normal(seeded(1));
  const values = Float64Array.from({ length: 4096 }, () => 0.02 * Math.exp(gauss()));
  const record = loopOver('own.record(value);');
  const bare = loopOver(`own[(value * ${512 / Math.max(...values)}) | 0] += 1;`);
  const tags = Array.from({ length: 400 }, (_, i) => ({
    route: `/route/${i % 40}`,
    status: `${200 + Math.floor(i / 40)}`,
  }));
  const nested = new Map<string, Map<string, number>>();
  for (const { route, status } of tags) {
    const inner = nested.get(route) ?? new Map<string, number>();
    nested.set(route, inner.set(status, inner.size));
  }
  const sink = { sum: 0 };
  const work = (): void => {};
  const path = (
    [name, body, scope]: readonly [string, string, object],
    [floor, floorBody, floorScope]: readonly [string, string, object],
    promised: number,
  ): Path => ({
    name,
    floor,
    promised,
    parties: [
      { name, run: loop(calls, `/* ${name} */ ${body}`, { ...scope }) },
      { name: floor, run: loop(calls, `/* ${name}: ${floor} */ ${floorBody}`, { ...floorScope }) },
    ],
  });
  const increment = ['cells[at] += 1', 'cells[7] += 1;', { cells }] as const;
  return [
    path(['counter.add()', 'counter.add();', { counter }], increment, 1.5),
    path(['gauge.set(i)', 'gauge.set(i);', { gauge }], increment, 1.5),
    {
      name: 'histogram.record(x)',
      floor: 'a slot a value',
      promised: 3,
      parties: [
        { name: 'record', run: () => record(histogram, values, calls) },
        { name: 'slots', run: () => bare(cells, values, calls) },
      ],
    },
    path(
      ['timer.time(work)', 'timer.time(work);', { timer, work }],
      [
        'two clock reads',
        'work(); sink.sum += performance.now(); sink.sum -= performance.now();',
        { sink, work },
      ],
      // 30 ns on top of what two reads take where they are fast.
      1.6,
    ),
    path(
      [
        'family.with({ … }).add()',
        'const t = tags[i % 400]; family.with({ route: t.route, status: t.status }).add();',
        { family, tags },
      ],
      [
        'two maps',
        'const t = tags[i % 400]; cells[nested.get(t.route).get(t.status)] += 1;',
        { cells, nested, tags },
      ],
      2,
    ),
  ];
}

export default function guard(bench: Bench): void {
  for (const { name, floor, promised, parties } of paths()) {
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < attempts && least > promised; attempt++) {
      const [times, by] = turns(parties, calls, rounds);
      least = Math.min(least, median(ratiosOf(times!, by!)));
    }
    bench.figure(`${name} / ${floor}`, least, '×', { atMost: promised * slack });
  }
}
