// What a pass of differences costs the host, beside what the client that everybody uses does with the same series.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backend, Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { Counter, Histogram, Registry } from 'prom-client';
import { type Bench, seeded } from './harness.js';

const counters = 10_000;
const histograms = 1_000;
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const rounds = 21;
/** Of the longest block of the event loop, by the peer's. */
const share = 1 / 4;
const sizes = [1_000, 10_000, 100_000];
/** How long a pass of any size may hold the event loop, in milliseconds. */
const longestBlock = 10;
const most = 200_000;
/** How many recorders are read for the first time. */
const recorders = 5;

interface Cost {
  /** Milliseconds from the call to the end. */
  readonly time: number;
  /** The longest that the event loop was held, in milliseconds. */
  readonly block: number;
}

/** Encodes for Circonus and says that everything arrived. */
function takesEverything(): Backend {
  return {
    ...circonus({ url: 'http://127.0.0.1/module/httptrap/uuid/secret', temporality: 'delta' }),
    send: async () => ({ outcome: 'delivered' }),
    close: () => {},
  };
}

async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  // It needs a turn to begin with.
  await sleep(5);
  const begun = performance.now();
  await work();
  const time = performance.now() - begun;
  await sleep(5);
  delays.disable();
  return { time, block: delays.max / 1e6 };
}

export const remarks = `prom-client has no pass of differences: what is nearest is \`metrics()\`, which makes one text of all totals. What
is sent is not counted on either side.`;

export default async function flush(bench: Bench): Promise<void> {
  bench.versions('prom-client');
  const recorder = new Recorder({ maxSeries: most });
  const requests = recorder.counter('requests', { tagNames: ['route', 'status'], maxSeries: most });
  const latency = recorder.timer('latency', { tagNames: ['route'], maxSeries: most });
  const flusher = recorder.flushTo(takesEverything(), { every: 3_600_000 });
  const registers = [new Registry()];
  const inc = new Counter({
    name: 'requests_total',
    help: 'Requests.',
    labelNames: ['route', 'status'],
    registers,
  });
  const observe = new Histogram({
    name: 'latency',
    help: 'Latency.',
    labelNames: ['route'],
    buckets: bounds,
    registers,
  });
  const random = seeded(1);
  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  for (let round = -3; round < rounds; round++) {
    for (let i = 0; i < counters; i++) {
      requests.with({ route: `/route/${i}`, status: 200 }).add(i + 1);
      inc.inc({ route: `/route/${i}`, status: 200 }, i + 1);
    }
    for (let i = 0; i < histograms * 20; i++) {
      const seconds = 0.001 * 10 ** (4 * random());
      latency.with({ route: `/route/${i % histograms}` }).record(seconds);
      observe.observe({ route: `/route/${i % histograms}` }, seconds);
    }
    const own = await cost(async () => {
      const { samples, complete } = await flusher.flush();
      if (!complete || samples !== counters + histograms) bench.broken++;
    });
    const peer = await cost(() => registers[0]!.metrics());
    if (round < 0) continue;
    ours.push(own);
    theirs.push(peer);
  }
  bench.say(
    `\na pass of differences of ${counters} counters and ${histograms} histograms; prom-client: metrics()`,
  );
  const times = ours.map(({ time }, i) => time / theirs[i]!.time);
  const blocks = ours.map(({ block }, i) => block / theirs[i]!.block);
  bench.figure(
    'time',
    ours.map(({ time }) => time),
    'ms',
  );
  bench.figure(
    'prom-client, time',
    theirs.map(({ time }) => time),
    'ms',
  );
  bench.figure('time / prom-client', times, '×');
  bench.figure(
    'longest block',
    ours.map(({ block }) => block),
    'ms',
  );
  bench.figure(
    'prom-client, longest block',
    theirs.map(({ block }) => block),
    'ms',
  );
  bench.figure('longest block / prom-client', blocks, '×', { atMost: share });
  await recorder.close();
  await grow(bench);
  bench.say('\nlongest block of the first pass of a recorder, in which all names are made');
  for (const apart of [false, true]) await first(bench, apart);
}

/** Passes by size, of counters alone. */
async function grow(bench: Bench): Promise<void> {
  bench.say('\nlongest block of a pass, by how many counters there are');
  for (const size of sizes) {
    const recorder = new Recorder({ maxSeries: most });
    const requests = recorder.counter('requests', { tagNames: ['route', 'status'], maxSeries: most });
    const handles = Array.from({ length: size }, (_, i) =>
      requests.with({ route: `/route/${i}`, status: 200 }),
    );
    const flusher = recorder.flushTo(takesEverything(), { every: 3_600_000, timeout: 60_000 });
    const costs: Cost[] = [];
    for (let round = 0; round < 11; round++) {
      for (const handle of handles) handle.add(round + 1);
      costs.push(await cost(() => flusher.flush()));
    }
    bench.figure(
      `${size.toLocaleString('en')} counters, a pass`,
      costs.map(({ time }) => time),
      'ms',
    );
    const limit = size === sizes.at(-1) ? { atMost: longestBlock } : {};
    bench.figure(
      `${size.toLocaleString('en')} counters, longest block`,
      costs.map(({ block }) => block),
      'ms',
      limit,
    );
    await recorder.close();
  }
}

/** @param apart whether each counter is a metric of its own */
async function first(bench: Bench, apart: boolean): Promise<void> {
  const size = sizes.at(-1)!;
  const blocks: number[] = [];
  for (let i = 0; i < recorders; i++) {
    const recorder = new Recorder({ maxSeries: most });
    const requests = recorder.counter('requests', { tagNames: ['route', 'status'], maxSeries: most });
    for (let n = 0; n < size; n++)
      (apart
        ? recorder.counter(`requests_${n}`)
        : requests.with({ route: `/route/${n}`, status: 200 })
      ).add();
    const flusher = recorder.flushTo(takesEverything(), { every: 3_600_000, timeout: 60_000 });
    globalThis.gc?.();
    // V8 gives the freed memory back in the background, and whoever wants new memory meanwhile waits for that.
    await sleep(500);
    blocks.push((await cost(() => flusher.flush())).block);
    await recorder.close();
  }
  const name = `${size.toLocaleString('en')} counters, ${apart ? 'each a metric' : 'one family'}`;
  // With as many metrics the collector's pauses alone, 5 to 8 ms here, leave no room for a promise; nobody has those.
  bench.figure(`${name}: median`, blocks, 'ms', apart ? {} : { atMost: longestBlock });
  bench.figure(`${name}: longest of ${recorders}`, Math.max(...blocks), 'ms');
}
