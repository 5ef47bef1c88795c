// What a pass of differences costs the host, beside what the client that everybody uses does with the same series.
import { Recorder } from 'circmetrics';
import { type Cost, cost, takesEverything } from './children/blocks.js';
import { firsts } from './children/firsts.js';
import { type Bench, seeded } from './harness.js';
import { promClient } from './peers/prom-client.js';

const counters = 10_000;
const histograms = 1_000;
const rounds = 21;
/** Of the longest block of the event loop, by the peer's. */
const share = 1 / 4;
const sizes = [1_000, 10_000, 100_000];
/** How long a pass of any size may hold the event loop, in milliseconds. */
const longestBlock = 10;
const most = 200_000;

export const remarks = `prom-client has no pass of differences: what is nearest is \`metrics()\`, which makes one text of all totals. What
is sent is not counted on either side.`;

export default async function flush(bench: Bench): Promise<void> {
  bench.versions('prom-client');
  const recorder = new Recorder({ maxSeries: most });
  const requests = recorder.counter('requests', { tagNames: ['route', 'status'], maxSeries: most });
  const latency = recorder.timer('latency', { tagNames: ['route'], maxSeries: most });
  const flusher = recorder.flushTo(takesEverything(), { every: 3_600_000 });
  const prom = promClient();
  const random = seeded(1);
  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  for (let round = -3; round < rounds; round++) {
    for (let i = 0; i < counters; i++) {
      requests.with({ route: `/route/${i}`, status: 200 }).add(i + 1);
      prom.requests.inc({ route: `/route/${i}`, status: 200 }, i + 1);
    }
    for (let i = 0; i < histograms * 20; i++) {
      const seconds = 0.001 * 10 ** (4 * random());
      latency.with({ route: `/route/${i % histograms}` }).record(seconds);
      prom.latency.observe({ route: `/route/${i % histograms}` }, seconds);
    }
    const own = await cost(async () => {
      const { samples, complete } = await flusher.flush();
      if (!complete || samples !== counters + histograms) bench.broken++;
    });
    const peer = await cost(() => prom.registry.metrics());
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
  // Most of it are the collector's first pauses in a process, 5 to 7 ms, which no code of ours makes shorter.
  firsts(bench, 'pass', sizes.at(-1)!, {});
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
