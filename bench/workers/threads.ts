// What `bench/threads.ts` runs in workers.
import { parentPort, workerData } from 'node:worker_threads';
import { type Counter, type Histogram, Recorder } from 'circmetrics';
import { attach } from 'circmetrics/node';

/** What a worker is told to do. */
export type Task =
  | { readonly do: 'race' }
  | {
      readonly do: 'write';
      readonly progress: SharedArrayBuffer;
      readonly place: number;
      readonly series: number;
    }
  | { readonly do: 'fill'; readonly counters: number; readonly histograms: number };

/** Median ratios of times: of what stands first in a name to a private recorder's. */
export type Ratios = Readonly<Record<string, number>>;

const calls = 1 << 20;
const rounds = 31;

type Run = () => void;

/** A loop of its own for each, so that none is compiled for another's objects. */
function loop(body: string, names: readonly string[], ...values: readonly unknown[]): Run {
  const text = `return function () { for (let i = 0; i < ${calls}; i++) { ${body} } }`;
  return new Function(...names, text)(...values) as Run;
}

/** Loops that are used for both, as a service's code is that is given one recorder here and another there. */
function addMany(counter: Counter): void {
  for (let i = 0; i < calls; i++) counter.add();
}

function recordMany(histogram: Histogram, values: Float64Array): void {
  for (let i = 0; i < calls; i++) histogram.record(values[i & 1023]!);
}

function ratios(pairs: Readonly<Record<string, readonly [Run, Run]>>): Ratios {
  const found: Record<string, number> = {};
  for (const [name, [one, other]] of Object.entries(pairs)) {
    const time = (run: Run): number => {
      const start = performance.now();
      run();
      return performance.now() - start;
    };
    for (let i = 0; i < 6; i++) [one, other].forEach(time);
    const all = Array.from({ length: rounds }, (_, round) => {
      if (round % 2 === 0) return time(one) / time(other);
      const others = time(other);
      return time(one) / others;
    });
    found[name] = all.sort((a, b) => a - b)[rounds >> 1]!;
  }
  return found;
}

/** Attached beside private, each alone; then both by the same code. */
function race(attached: Recorder): Ratios {
  const own = new Recorder();
  const values = Float64Array.from({ length: 1024 }, () => 10 ** (Math.random() * 2 - 3));
  const counters = [attached, own].map((recorder) => recorder.counter('calls')) as [Counter, Counter];
  const sizes = [attached, own].map((recorder) => recorder.histogram('size')) as [Histogram, Histogram];
  const add = counters.map((counter) => loop('counter.add();', ['counter'], counter));
  const record = sizes.map((size) =>
    loop('size.record(values[i & 1023]);', ['size', 'values'], size, values),
  );
  return ratios({
    'counter.add, attached / private': add as [Run, Run],
    'histogram.record, attached / private': record as [Run, Run],
    'counter.add, both by one loop': counters.map((counter) => () => addMany(counter)) as [Run, Run],
    'histogram.record, both by one loop': sizes.map((size) => () => recordMany(size, values)) as [Run, Run],
    'private counter.add after / before both': [() => addMany(counters[1]), add[1] as Run],
  });
}

/** Writes at full speed for ever, and says how far it has come. */
function write(attached: Recorder, { progress, place, series }: Extract<Task, { do: 'write' }>): void {
  const done = new Float64Array(progress);
  const counters = attached.counter('calls', { tagNames: ['n'] });
  const sizes = attached.histogram('size', { tagNames: ['n'] });
  const handles = Array.from(
    { length: series },
    (_, n) => [counters.with({ n }), sizes.with({ n })] as const,
  );
  const mask = series - 1;
  for (;;) {
    for (let i = 0; i < 10_000; i++) {
      const [counter, size] = handles[i & mask]!;
      counter.add();
      size.record(0.001 + i);
    }
    done[place]! += 10_000;
  }
}

/** Has series, and touches them all whenever it is told. */
function fill(attached: Recorder, { counters, histograms }: Extract<Task, { do: 'fill' }>): void {
  const requests = attached.counter('requests', { tagNames: ['route', 'status'], maxSeries: counters });
  const latency = attached.timer('latency', { tagNames: ['route'], maxSeries: histograms });
  const touch = (times: number): void => {
    for (let i = 0; i < counters; i++) requests.with({ route: `/route/${i}`, status: 200 }).add(i);
    for (let i = 0; i < histograms * times; i++) {
      latency.with({ route: `/route/${i % histograms}` }).record(0.001 * 10 ** (4 * Math.random()));
    }
    parentPort?.postMessage('touched');
  };
  parentPort?.on('message', () => touch(1));
  touch(100);
}

const { task } = workerData as { readonly task: Task };
const attached = attach(workerData);
if (task.do === 'race') parentPort?.postMessage(race(attached));
else if (task.do === 'write') write(attached, task);
else fill(attached, task);
