// What a call on a handle costs, beside a bare increment of a typed array.
import { Recorder } from 'circmetrics';
import type { Bench } from './harness.js';

const handles = 1024;
const calls = 1 << 18;
/** How many nanoseconds `timer.time` may take beyond its two clock reads. */
const mostOfTime = 30;

/** Loops are made anew for each party, so that none is compiled for another's objects. */
function loop(body: string, scope: Readonly<Record<string, unknown>>): () => void {
  const names = Object.keys(scope);
  const make = new Function(
    ...names,
    `return function () { for (let i = 0; i < ${calls}; i++) { ${body} } }`,
  );
  return make(...names.map((name) => scope[name])) as () => void;
}

export default function record(bench: Bench): void {
  const recorder = new Recorder();
  const counters = Array.from({ length: handles }, (_, i) => recorder.counter(`counter${i}`));
  const gauges = Array.from({ length: handles }, (_, i) => recorder.gauge(`gauge${i}`));
  const single = recorder.counter('single');
  const gauge = recorder.gauge('gauge');
  const cells = new Float64Array(8192);
  // A program that keeps 1,024 positions reads them from somewhere, as it reads handles.
  const positions = Array.from({ length: handles }, (_, i) => i);

  const addOnce = loop('/* one counter */ counter.add();', { counter: single });
  let runs = 0;
  bench.race({
    title: 'one handle',
    operations: calls,
    parties: [
      { name: 'cells[at] += 1', run: loop('cells[7] += 1;', { cells }) },
      {
        name: 'counter.add()',
        run: () => {
          runs++;
          addOnce();
        },
        check: () =>
          single.value === runs * calls ? undefined : `counted ${single.value} of ${runs * calls}`,
      },
      { name: 'gauge.set(i)', run: loop('/* one gauge */ gauge.set(i);', { gauge }) },
    ],
    limits: [
      { time: 'counter.add()', by: 'cells[at] += 1', atMost: 1.5 },
      { time: 'gauge.set(i)', by: 'cells[at] += 1', atMost: 1.5 },
    ],
  });
  bench.race({
    title: `${handles} handles in rotation`,
    operations: calls,
    parties: [
      {
        name: 'cells[positions[i]] += 1',
        run: loop('cells[positions[i & 1023]] += 1;', { cells, positions }),
      },
      { name: 'counters[i].add()', run: loop('/* many */ counters[i & 1023].add();', { counters }) },
      { name: 'gauges[i].set(i)', run: loop('/* many */ gauges[i & 1023].set(i);', { gauges }) },
    ],
    limits: [
      { time: 'counters[i].add()', by: 'cells[positions[i]] += 1', atMost: 3 },
      { time: 'gauges[i].set(i)', by: 'cells[positions[i]] += 1', atMost: 3 },
    ],
  });

  const timer = recorder.timer('timer');
  const sink = { sum: 0 };
  bench.race({
    title: 'timing a function',
    operations: calls,
    rounds: 15,
    parties: [
      {
        name: 'two clock reads',
        run: loop('work(); sink.sum += performance.now(); sink.sum -= performance.now();', {
          sink,
          work: () => {},
        }),
      },
      { name: 'timer.time(work)', run: loop('timer.time(work);', { timer, work: () => {} }) },
    ],
  });
  const beyond = (bench.medians.get('timer.time(work)') ?? 0) - (bench.medians.get('two clock reads') ?? 0);
  bench.figure('timer.time beyond two clock reads', beyond, 'ns', { atMost: mostOfTime });
}
