// Makes many series in one of the clients, and prints what they take and how long they take to be read.
import process from 'node:process';
import { Recorder } from 'circmetrics';
import measured from 'measured-core';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { median, normal, seeded } from '../harness.js';
import { aggregations, openTelemetry, total } from '../peers/opentelemetry.js';
import { used } from './used.js';

export type Kind = 'counter' | 'gauge' | 'timer';

export interface Cost {
  /** Bytes a series, without the strings of its tag's value. */
  readonly bytes: number;
  /** Nanoseconds for a new series and its first samples. */
  readonly make: number;
  /** Milliseconds to read all, each in a way of its own. */
  readonly read: Readonly<Record<string, number>>;
}

/** How samples are read; `snapshot` gives what was counted, or how many samples there are. */
type Ways = Readonly<Record<string, () => number | Promise<number>>>;
type Client = (kind: Kind, routes: readonly string[]) => Ways;

/** How many samples a timer has. */
const samples = 100;
const gauss = normal(seeded(8));
/** Seconds: log-normal, median 20 ms. */
const latencies = Float64Array.from({ length: 4099 }, () => 0.02 * Math.exp(gauss()));

function record(routes: readonly string[], observe: (route: string, seconds: number) => void): void {
  let at = 0;
  for (const route of routes) for (let i = 0; i < samples; i++) observe(route, latencies[at++ % 4099]!);
}

const circmetrics: Client = (kind, routes) => {
  const recorder = new Recorder({ maxSeries: routes.length + 1 });
  const options = { tagNames: ['route'] as const, maxSeries: routes.length + 1 };
  if (kind === 'counter') {
    const family = recorder.counter('requests', options);
    for (const route of routes) family.with({ route }).add();
  } else if (kind === 'gauge') {
    const family = recorder.gauge('requests', options);
    for (const route of routes) family.with({ route }).set(1);
  } else {
    const family = recorder.timer('requests', options);
    record(routes, (route, seconds) => family.with({ route }).record(seconds));
  }
  const cursor = recorder.cursor();
  const sum = (all: Iterable<{ readonly value: unknown }>): number => {
    let result = 0;
    for (const { value } of all) {
      result += typeof value === 'number' ? value : (value as { count: number }).count;
    }
    return result;
  };
  return {
    snapshot: () => sum(recorder.snapshot()),
    copy: () => recorder.snapshot().at,
    cursor: () => {
      const read = cursor.read();
      const result = sum(read);
      cursor.commit(read.samples);
      return result;
    },
  };
};

const promClient: Client = (kind, routes) => {
  const registry = new Registry();
  const about = { name: 'requests', help: 'Requests.', labelNames: ['route'], registers: [registry] };
  if (kind === 'counter') {
    const counter = new Counter(about);
    for (const route of routes) counter.inc({ route });
  } else if (kind === 'gauge') {
    const gauge = new Gauge(about);
    for (const route of routes) gauge.set({ route }, 1);
  } else {
    const histogram = new Histogram(about);
    record(routes, (route, seconds) => histogram.observe({ route }, seconds));
  }
  return {
    snapshot: async () => {
      let result = 0;
      for (const { values } of await registry.getMetricsAsJSON()) {
        for (const one of values as { metricName?: string; value: number }[]) {
          if (kind !== 'timer' || one.metricName === 'requests_count') result += one.value;
        }
      }
      return result;
    },
  };
};

const otel =
  (histograms: keyof typeof aggregations): Client =>
  (kind, routes) => {
    const { meter, collect } = openTelemetry(aggregations[histograms], routes.length);
    if (kind === 'counter') {
      const counter = meter.createCounter('requests');
      for (const route of routes) counter.add(1, { route });
    } else if (kind === 'gauge') {
      const gauge = meter.createGauge('requests');
      for (const route of routes) gauge.record(1, { route });
    } else {
      const histogram = meter.createHistogram('histogram');
      record(routes, (route, seconds) => histogram.record(seconds, { route }));
    }
    return { snapshot: async () => total(await collect()) };
  };

const measuredCore: Client = (kind, routes) => {
  const collection = new measured.Collection('requests');
  if (kind === 'counter') {
    for (const route of routes) collection.counter(route).inc();
  } else if (kind === 'gauge') {
    for (const route of routes) {
      const gauge = new measured.SettableGauge();
      gauge.setValue(1);
      collection.register(route, gauge);
    }
  } else {
    record(routes, (route, seconds) => collection.histogram(route).update(seconds));
  }
  return {
    snapshot: () => {
      let result = 0;
      for (const value of Object.values(collection.toJSON()['requests'] ?? {})) {
        result += typeof value === 'number' ? value : (value as { count: number }).count;
      }
      return result;
    },
  };
};

const clients: Readonly<Record<string, Client>> = {
  circmetrics,
  'prom-client': promClient,
  opentelemetry: otel('explicit'),
  'opentelemetry, exponential': otel('exponential'),
  'measured-core': measuredCore,
};

async function cost(client: Client, kind: Kind, size: number): Promise<Cost> {
  const routes = Array.from({ length: size }, (_, i) => `/route/${i}`);
  // Hashes a string, which may give it an object of its own.
  for (const route of routes) new Map([[route, 0]]).get(route);
  const before = used();
  const begun = performance.now();
  const ways = client(kind, routes);
  const make = ((performance.now() - begun) * 1e6) / size;
  const bytes = (used() - before) / size;
  const expected = size * (kind === 'timer' ? samples : 1);
  const read: Record<string, number> = {};
  for (const [name, way] of Object.entries(ways)) {
    const times: number[] = [];
    const repetitions = Math.max(1, Math.min(200, Math.floor(20_000 / size)));
    for (let round = 0; round < (size < 100_000 ? 5 : 3); round++) {
      const start = performance.now();
      for (let i = 0; i < repetitions; i++) {
        const sum = await way();
        // What a cursor gives is new to it only once.
        if (name === 'snapshot' && sum !== expected) throw new Error(`${name}: ${sum} of ${expected}`);
      }
      times.push((performance.now() - start) / repetitions);
    }
    read[name] = median(times);
  }
  return { bytes, make, read };
}

const [name = '', ...specs] = process.argv.slice(2);
const client = clients[name];
if (client === undefined) throw new Error(`There is no client ${name}.`);
const costs: Record<string, Cost> = {};
for (const spec of specs) {
  const [kind, size] = spec.split(':') as [Kind, string];
  // Once before, so that all code is compiled.
  if (Number(size) <= 10_000) await cost(client, kind, Number(size));
  costs[spec] = await cost(client, kind, Number(size));
}
console.log(JSON.stringify(costs));
