// What it costs to read all values, beside the clients that others use: the same series, in one process.
import { Recorder } from 'circmetrics';
import { Counter, Histogram, Registry } from 'prom-client';
import { child } from './children/run.js';
import type { Cost } from './children/series.js';
import { type AsyncParty, type Bench, formatTime, seeded } from './harness.js';
import { openTelemetry, total } from './peers/opentelemetry.js';

export const remarks = `A snapshot is of one point in time and stays as it is: its cells are copied at once, and samples made of the copy.
prom-client's \`getMetricsAsJSON\` hands out the very objects that are recorded to, so that it copies nothing of counters;
of histograms it makes a value a bucket. OpenTelemetry copies; a cursor subtracts what it was told before, which none of
the others does in this call.`;

const counters = 10_000;
const histograms = 1_000;
const samples = 20;
const all = counters + histograms * samples;

/** How many counters there are, for each client in a process of its own. */
const sizes = [1, 1_000, 1_000_000] as const;
const clients = ['circmetrics', 'prom-client', 'opentelemetry', 'measured-core'] as const;

async function race(bench: Bench): Promise<void> {
  const recorder = new Recorder({ maxSeries: all });
  const requests = recorder.counter('requests', { tagNames: ['route'], maxSeries: all });
  const latency = recorder.timer('latency', { tagNames: ['route'], maxSeries: all });
  const registers = [new Registry()];
  const about = { help: 'About.', labelNames: ['route'], registers };
  const inc = new Counter({ ...about, name: 'requests' });
  const observe = new Histogram({ ...about, name: 'latency' });
  const { meter, collect } = openTelemetry(undefined, counters);
  const otelRequests = meter.createCounter('requests');
  const otelLatency = meter.createHistogram('histogram');
  const random = seeded(9);
  for (let i = 0; i < counters; i++) {
    const tags = { route: `/route/${i}` };
    requests.with(tags).add();
    inc.inc(tags);
    otelRequests.add(1, tags);
  }
  for (let i = 0; i < histograms * samples; i++) {
    const tags = { route: `/route/${i % histograms}` };
    const seconds = 0.001 * 10 ** (4 * random());
    latency.with(tags).record(seconds);
    observe.observe(tags, seconds);
    otelLatency.record(seconds, tags);
  }
  const sum = (read: Iterable<{ readonly value: unknown }>): number => {
    let result = 0;
    for (const { value } of read) {
      result += typeof value === 'number' ? value : (value as { count: number }).count;
    }
    return result;
  };
  const cursor = recorder.cursor();
  const read: Record<string, number> = {};
  const party = (name: string, run: () => number | Promise<number>): AsyncParty => ({
    name,
    run: async () => {
      read[name] = await run();
    },
    check: () => (read[name] === all ? undefined : `read ${read[name]} of ${all}`),
  });
  await bench.raceAsync({
    title: `reading ${counters} counters and ${histograms} histograms`,
    operations: 1,
    rounds: 31,
    parties: [
      party('snapshot', () => sum(recorder.snapshot())),
      party('cursor', () => sum(cursor.read())),
      party('prom-client', async () => {
        let result = 0;
        for (const { name, values } of await registers[0]!.getMetricsAsJSON()) {
          for (const one of values as { metricName?: string; value: number }[]) {
            if (name === 'requests' || one.metricName === 'latency_count') result += one.value;
          }
        }
        return result;
      }),
      party('opentelemetry', async () => total(await collect())),
    ],
    limits: [
      { time: 'prom-client', by: 'snapshot' },
      { time: 'opentelemetry', by: 'snapshot' },
      { time: 'cursor', by: 'snapshot' },
    ],
  });
}

function grow(bench: Bench): void {
  const specs = sizes.map((size) => `counter:${size}`);
  const costs = clients.map((name) => child<Record<string, Cost>>('series', name, ...specs));
  const own = costs[0]!;
  const milliseconds = (time: number): string => formatTime(time * 1e6);
  const header = ['', ...sizes.map((size) => size.toLocaleString('en'))];
  bench.table('reading counters of one family, by how many there are', header, [
    ...clients.map((name, i) => [
      name,
      ...specs.map((spec) => milliseconds(costs[i]![spec]!.read['snapshot']!)),
    ]),
    ['circmetrics, cursor', ...specs.map((spec) => milliseconds(own[spec]!.read['cursor']!))],
    ['circmetrics, the copy alone', ...specs.map((spec) => milliseconds(own[spec]!.read['copy']!))],
  ]);
  // One series has the client's own memory with it.
  const [, ...several] = specs;
  const columns = ['', ...header.slice(2)];
  const byClient = (of: (cost: Cost) => string): string[][] =>
    clients.map((name, i) => [name, ...several.map((spec) => of(costs[i]![spec]!))]);
  bench.table(
    'a new series and its first sample',
    columns,
    byClient(({ make }) => formatTime(make)),
  );
  bench.table(
    'bytes a series',
    columns,
    byClient(({ bytes }) => bytes.toFixed(0)),
  );
}

export default async function snapshot(bench: Bench): Promise<void> {
  bench.versions('prom-client', '@opentelemetry/sdk-metrics', 'measured-core');
  await race(bench);
  grow(bench);
}
