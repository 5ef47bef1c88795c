// Real servers scrape a process that records while they do: Prometheus and VictoriaMetrics, both formats, both locks.
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Recorder, type Timer } from 'circmetrics';
import { prometheus } from 'circmetrics/prometheus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, folder, freePort, start, stopAll, until } from './peers.js';

/** How long they scrape, in milliseconds, and how often, in seconds. */
const duration = 10_000;
const interval = 1;

let target: Server;
const recorder = new Recorder({ tags: { app: 'shop' } });
const latencies: number[] = [];
const calls = recorder.namespace('api').counter('calls', { tagNames: ['route'] });
const latency: Timer = recorder.namespace('api').timer('latency', { help: 'How long an "answer" takes.' });
recorder.text('version').set('v1 "ü"\\');

const locked = prometheus(recorder, { access: {} });
const tokened = prometheus(recorder, { access: { path: '/text', token: 'a-token' } });

/** A configuration that both servers read. */
function configuration(): string {
  const { port } = target.address() as AddressInfo;
  const { path, user, password } = locked.describe();
  return `global: {scrape_interval: ${interval}s, scrape_timeout: ${interval}s}
scrape_configs:
  - job_name: openmetrics
    metrics_path: ${path}
    basic_auth: {username: ${user}, password: ${password}}
    static_configs: [{targets: ['127.0.0.1:${port}']}]
  - job_name: text
    metrics_path: /text
    authorization: {type: Bearer, credentials: a-token}
    static_configs: [{targets: ['127.0.0.1:${port}']}]
`;
}

beforeAll(async () => {
  target = createServer((request, response) => {
    if (request.url === '/text') {
      // A scraper of the old format alone says so.
      request.headers.accept = 'text/plain;version=0.0.4;q=1,*/*;q=0.1';
      return tokened.handler(request, response);
    }
    return locked.handler(request, response);
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await stopAll();
  target.closeAllConnections();
  await new Promise((resolve) => target.close(resolve));
});

interface Queried {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

/** An instant query's results by job. */
async function query(origin: string, expression: string): Promise<Record<string, number>> {
  const response = await fetch(`${origin}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { data } = (await response.json()) as Queried;
  return Object.fromEntries(data.result.map(({ metric, value }) => [metric['job'] ?? '', Number(value[1])]));
}

/** Records for a while, uneven numbers and latencies over three decades. */
async function work(): Promise<void> {
  const until = performance.now() + duration;
  let n = 0;
  while (performance.now() < until) {
    for (let i = 0; i < 20; i++, n++) {
      calls.with({ route: n % 3 === 0 ? '/a "b"\\' : '/c' }).add(1 + (n % 2));
      const seconds = 0.0011 * 10 ** ((n * 0.618034) % 3);
      latencies.push(seconds);
      latency.record(seconds);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The k-th of n latencies, k = ceil(q × n), and the bounds of the default bucket that it is in. */
function exact(q: number): [lower: number, upper: number] {
  const sorted = latencies.toSorted((a, b) => a - b);
  const value = sorted[Math.ceil(q * sorted.length) - 1] as number;
  const bounds = [1e-4, 1e-3, 1e-2, 0.1, 1, 10].flatMap((x) => [x, 2.5 * x, 5 * x]);
  const at = bounds.findIndex((bound) => value < bound);
  return [bounds[at - 1] as number, bounds[at] as number];
}

/** What `up` says of targets that are scraped. */
const both = { openmetrics: 1, text: 1 };

async function scrapes(origin: string): Promise<boolean> {
  const { openmetrics, text } = await query(origin, 'up');
  return openmetrics === 1 && text === 1;
}

/** Asks a server for what was recorded; recording is over. */
async function verify(origin: string): Promise<void> {
  const total = calls.with({ route: '/c' }).value + calls.with({ route: '/a "b"\\' }).value;
  await expect
    .poll(() => query(origin, 'sum by (job) (api_calls_total{app="shop"})'), {
      timeout: 10_000,
      interval: 200,
    })
    .toEqual({ openmetrics: total, text: total });
  const a = calls.with({ route: '/a "b"\\' }).value;
  expect(await query(origin, 'api_calls_total{route="/a \\"b\\"\\\\"}')).toEqual({ openmetrics: a, text: a });
  expect(await query(origin, 'min_over_time(up[8s])')).toEqual(both);
  for (const count of Object.values(await query(origin, 'count_over_time(up[10s])')))
    expect(count).toBeGreaterThanOrEqual(7);
  const count = latencies.length;
  expect(await query(origin, 'api_latency_seconds_count')).toEqual({ openmetrics: count, text: count });
  const sum = latencies.reduce((all, one) => all + one, 0);
  for (const one of Object.values(await query(origin, 'api_latency_seconds_sum')))
    expect(one).toBeCloseTo(sum, 6);
  expect(await query(origin, 'version_info{version="v1 \\"ü\\"\\\\"}')).toEqual(both);
  for (const q of [0.1, 0.5, 0.9, 0.99]) {
    const [lower, upper] = exact(q);
    const found = await query(origin, `histogram_quantile(${q}, api_latency_seconds_bucket)`);
    expect(Object.keys(found).sort()).toEqual(['openmetrics', 'text']);
    for (const value of Object.values(found)) {
      expect(value).toBeGreaterThanOrEqual(lower);
      expect(value).toBeLessThanOrEqual(upper);
    }
  }
}

describeWith(
  ['prometheus', 'victoria-metrics'],
  'prometheus victoria-metrics',
  'Prometheus and VictoriaMetrics',
  () => {
    const data = folder();

    it('scrape a process for ten seconds, and answer what it recorded', async () => {
      const [port, other] = [await freePort(), await freePort()];
      const file = join(data, 'scrape.yml');
      writeFileSync(file, configuration());
      start('prometheus', [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(data, 'prometheus')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]);
      start('victoria-metrics', [
        `-promscrape.config=${file}`,
        `-storageDataPath=${join(data, 'victoria')}`,
        `-httpListenAddr=127.0.0.1:${other}`,
        '-search.latencyOffset=0s',
        '-search.disableCache',
        '-memory.allowedBytes=256MB',
      ]);
      const origins = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${other}`];
      await Promise.all(origins.map((origin) => until(`targets of ${origin}`, () => scrapes(origin), 40)));
      await work();
      await Promise.all(origins.map(verify));
      expect([locked.status().refused, tokened.status().refused]).toEqual([{}, {}]);
      expect(locked.status().scrapes).toBeGreaterThanOrEqual(2 * 7);
    }, 90_000);
  },
);
