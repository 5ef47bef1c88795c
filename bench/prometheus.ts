// What a scrape costs, beside the clients that others use: the same series and the same buckets, in one process.
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { Recorder } from 'circmetrics';
import { type PrometheusScrape, prometheus } from 'circmetrics/prometheus';
import { Counter } from 'prom-client';
import { cost, renderAll } from './children/blocks.js';
import { firsts } from './children/firsts.js';
import { type Bench, median, seeded } from './harness.js';
import { defaultBoundaries as bounds } from './peers/histograms.js';
import { openTelemetry } from './peers/opentelemetry.js';
import { promClient } from './peers/prom-client.js';

const counters = 10_000;
const histograms = 1_000;
const rounds = 15;
/** Of ours by theirs, at most. */
const share = 1 / 5;
/** The longest that the event loop may be kept from other work, in milliseconds. */
const longestBlock = 15;
const sizes = [1_000, 10_000, 200_000];
const most = 250_000;
/** How much more a series may cost among the most than among the fewest. */
const flat = 2;

/** One way to make a document of the same numbers. */
interface Client {
  readonly name: string;
  readonly count: (route: string, n: number) => void;
  readonly observe: (route: string, seconds: number) => void;
  /** The whole document as one string. */
  readonly document: () => Promise<string>;
}

async function collected(scrape: PrometheusScrape): Promise<string> {
  let text = '';
  for await (const chunk of scrape.render()) text += chunk;
  return text;
}

/** A metric's name of its own. */
function alone(route: string): string {
  return `requests${route.replaceAll('/', '_')}`;
}

/** @param apart whether each counter is a metric of its own */
function ours(apart: boolean): Client & { readonly scrape: PrometheusScrape } {
  const recorder = new Recorder({ maxSeries: most });
  const requests = recorder.counter('requests', {
    help: 'Requests.',
    tagNames: ['route', 'status'],
    maxSeries: most,
  });
  const latency = recorder.timer('latency', {
    help: 'Latency.',
    tagNames: ['route'],
    maxSeries: most,
    buckets: bounds,
  });
  const scrape = prometheus(recorder);
  return {
    name: 'circmetrics',
    count: (route, n) =>
      (apart
        ? recorder.counter(alone(route), { help: 'Requests.' })
        : requests.with({ route, status: 200 })
      ).add(n),
    observe: (route, seconds) => latency.with({ route }).record(seconds),
    document: () => collected(scrape),
    scrape,
  };
}

function promClients(apart: boolean): Client {
  const { registry, requests, latency } = promClient();
  return {
    name: 'prom-client',
    count: (route, n) => {
      if (apart)
        new Counter({ name: `${alone(route)}_total`, help: 'Requests.', registers: [registry] }).inc(n);
      else requests.inc({ route, status: 200 }, n);
    },
    observe: (route, seconds) => latency.observe({ route }, seconds),
    document: () => registry.metrics(),
  };
}

function exporter(apart: boolean): Client {
  const { meter, collect } = openTelemetry(undefined, counters);
  const requests = meter.createCounter('requests', { description: 'Requests.' });
  const latency = meter.createHistogram('histogram', { description: 'Latency.', unit: 's' });
  const serializer = new PrometheusSerializer();
  return {
    name: '@opentelemetry/exporter-prometheus',
    count: (route, n) => {
      if (apart) meter.createCounter(alone(route), { description: 'Requests.' }).add(n);
      else requests.add(n, { route, status: '200' });
    },
    observe: (route, seconds) => latency.record(seconds, { route }),
    document: async () => serializer.serialize(await collect()),
  };
}

/** Whether two documents say the same: how many samples of each kind. */
function shape(document: string): string {
  const count = (pattern: RegExp): number => document.match(pattern)?.length ?? 0;
  return `${count(/^requests\w*_total[ {]/gm)} counters, ${count(/_bucket\{/g)} buckets`;
}

async function race(bench: Bench, apart: boolean): Promise<void> {
  const clients = [ours(apart), promClients(apart), exporter(apart)];
  const random = seeded(1);
  const route = (n: number): string => `/route/${n}`;
  for (let i = 0; i < counters; i++) for (const client of clients) client.count(route(i), i * 7);
  for (let i = 0; i < histograms * 20; i++) {
    const seconds = 0.001 * 10 ** (4 * random());
    for (const client of clients) client.observe(route(i % histograms), seconds);
  }
  const [first = '', ...others] = await Promise.all(
    clients.map(async ({ document }) => shape(await document())),
  );
  const title = `${first}, as one string; ${apart ? 'each counter a metric of its own' : 'one family of counters'}`;
  for (const [i, other] of others.entries()) {
    if (other === first) continue;
    bench.wrong(`${clients[i + 1]?.name} has ${other}`);
  }
  const names = clients.map(({ name }) => name);
  await bench.raceAsync({
    title,
    operations: 1,
    rounds,
    parties: clients.map(({ name, document }) => ({
      name,
      run: async () => {
        const text = await document();
        // V8 puts a text that was joined together into one piece only when it is looked at.
        text.charCodeAt(text.length >> 1);
      },
    })),
    limits: names.slice(1).map((by) => ({ time: 'circmetrics', by, atMost: share })),
  });
}

async function grow(bench: Bench): Promise<void> {
  bench.say('\nrenders by size; one series in eleven is a histogram, up to 1,000 of them');
  const costs: number[] = [];
  for (const size of sizes) {
    const recorder = new Recorder({ maxSeries: most });
    const requests = recorder.counter('requests', {
      help: 'Requests.',
      tagNames: ['route', 'status'],
      maxSeries: most,
    });
    const latency = recorder.timer('latency', {
      help: 'Latency.',
      tagNames: ['route'],
      maxSeries: most,
      buckets: bounds,
    });
    const timers = Math.min(histograms, Math.floor(size / 11));
    for (let i = 0; i < size - timers; i++) requests.with({ route: `/route/${i}`, status: 200 }).add(i * 7);
    for (let i = 0; i < timers * 20; i++)
      latency.with({ route: `/route/${i % timers}` }).record(0.001 * (1 + (i % 977)));
    const scrape = prometheus(recorder);
    globalThis.gc?.();
    const heap = process.memoryUsage().heapUsed;
    const first = await cost(() => renderAll(scrape));
    globalThis.gc?.();
    const kept = process.memoryUsage().heapUsed - heap;
    const renders = [];
    for (let i = 0; i < 11; i++) renders.push(await cost(() => renderAll(scrape)));
    const each = (median(renders.map(({ time }) => time)) * 1000) / size;
    costs.push(each);
    const name = `${size.toLocaleString('en')} series:`;
    bench.figure(`${name} first render`, first.time, 'ms');
    bench.figure(`${name} each later one, a series`, each, 'µs');
    bench.figure(`${name} kept, a series`, kept / size, 'B');
    const blocks = renders.map(({ block }) => block);
    bench.figure(`${name} longest block, median of renders`, median(blocks), 'ms', { atMost: longestBlock });
    bench.figure(`${name} longest block, of all renders`, Math.max(...blocks), 'ms');
  }
  bench.figure('cost of a series, among most / fewest', costs.at(-1)! / costs[0]!, '×', { atMost: flat });
}

export const remarks = `The documents have the same samples, but ours is made of histograms with all their bins, which answer for any
buckets, and its text comes in chunks, which are joined here because the others give one string.`;

export default async function scrape(bench: Bench): Promise<void> {
  bench.versions('prom-client', '@opentelemetry/exporter-prometheus', '@opentelemetry/sdk-metrics');
  for (const apart of [false, true]) await race(bench, apart);
  await grow(bench);
  firsts(bench, 'render', sizes.at(-1)!, { atMost: longestBlock });
}
