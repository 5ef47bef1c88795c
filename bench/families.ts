// What a call with dynamic tags costs, beside the clients that everybody uses.
import { Recorder } from 'circmetrics';
import prom from 'prom-client';
import type { Bench } from './harness.js';
import { openTelemetry, total } from './peers/opentelemetry.js';

const calls = 1 << 15;
const routes = Array.from({ length: 40 }, (_, i) => `/route/${i}`);
const statuses = Array.from({ length: 10 }, (_, i) => `${200 + i}`);
/** 400 pairs in an order that no cache foresees, as strings that the client was not given before. */
const pairs = Array.from({ length: 400 }, (_, i) => {
  const at = (i * 181) % 400;
  return { route: routes[at % 40] as string, status: statuses[Math.floor(at / 40)] as string };
});

/** Other families that a service has, by the names of their tags: V8 then finds no two reads of a tag alike. */
const others = [
  ['method', 'code'],
  ['queue', 'priority'],
  ['table', 'operation'],
  ['host', 'port'],
  ['cache', 'result'],
  ['topic', 'partition'],
] as const;

function promCounter<Label extends string>(name: string, labelNames: readonly Label[]): prom.Counter<Label> {
  return new prom.Counter({ name, help: 'Help.', labelNames, registers: [] });
}

/** Counts in them, with both clients. */
function warmUp(recorder: Recorder): void {
  for (const tagNames of others) {
    const [first, second] = tagNames;
    const family = recorder.counter(`${first}s`, { tagNames });
    const peer = promCounter(`${first}s`, tagNames);
    for (let i = 0; i < 5000; i++) {
      const tags = { [first]: `a${i % 7}`, [second]: `b${i % 3}` } as Record<
        typeof first | typeof second,
        string
      >;
      family.with(tags).add(0);
      peer.inc(tags, 0);
    }
  }
}

export const remarks = `OpenTelemetry takes any attributes at each call, which no declaration of names can save it from sorting; a kept
handle is what prom-client calls \`labels(…)\`. Six other families, by other tags, were in use before.`;

export default async function families(bench: Bench): Promise<void> {
  bench.versions('prom-client', '@opentelemetry/sdk-metrics');
  const recorder = new Recorder();
  const family = recorder.counter('requests', { tagNames: ['route', 'status'] });
  const kept = pairs.map((tags) => family.with(tags));
  const peer = promCounter('requests', ['route', 'status']);
  const three = recorder.counter('requests.by.method', { tagNames: ['method', 'route', 'status'] });
  const peerOfThree = promCounter('requests_by_method', ['method', 'route', 'status']);
  warmUp(recorder);
  const { meter, collect } = openTelemetry();
  const otel = meter.createCounter('requests');

  let own = 0;
  let theirs = 0;
  const sum = (): number => [...recorder.snapshot()].reduce((total, { value }) => total + Number(value), 0);
  bench.race({
    title: 'one more, with two tags, over 400 series',
    operations: calls,
    rounds: 21,
    parties: [
      {
        name: 'family.with({ … }).add()',
        run: () => {
          for (let i = 0; i < calls; i++) {
            const { route, status } = pairs[i % 400]!;
            family.with({ route, status }).add();
          }
          own += calls;
        },
        check: () => (sum() === own ? undefined : `counted ${sum()} of ${own}`),
      },
      {
        name: 'kept handle .add()',
        run: () => {
          for (let i = 0; i < calls; i++) kept[i % 400]!.add();
          own += calls;
        },
      },
      {
        name: 'prom-client inc({ … })',
        run: () => {
          for (let i = 0; i < calls; i++) {
            const { route, status } = pairs[i % 400]!;
            peer.inc({ route, status });
          }
          theirs += calls;
        },
      },
      {
        name: 'opentelemetry add(1, { … })',
        run: () => {
          for (let i = 0; i < calls; i++) {
            const { route, status } = pairs[i % 400]!;
            otel.add(1, { route, status });
          }
        },
      },
    ],
    limits: [
      { time: 'prom-client inc({ … })', by: 'family.with({ … }).add()', atLeast: 8 },
      { time: 'opentelemetry add(1, { … })', by: 'family.with({ … }).add()', atLeast: 20 },
      { time: 'prom-client inc({ … })', by: 'kept handle .add()', atLeast: 50 },
    ],
  });
  bench.race({
    title: 'one more, with three tags, over 400 series',
    operations: calls,
    rounds: 21,
    parties: [
      {
        name: 'family.with({ … }).add()',
        run: () => {
          for (let i = 0; i < calls; i++) {
            const { route, status } = pairs[i % 400]!;
            three.with({ method: 'GET', route, status }).add();
          }
          own += calls;
        },
        check: () => (sum() === own ? undefined : `counted ${sum()} of ${own}`),
      },
      {
        name: 'prom-client inc({ … })',
        run: () => {
          for (let i = 0; i < calls; i++) {
            const { route, status } = pairs[i % 400]!;
            peerOfThree.inc({ method: 'GET', route, status });
          }
        },
      },
    ],
    limits: [{ time: 'prom-client inc({ … })', by: 'family.with({ … }).add()' }],
  });
  const { values } = await peer.get();
  for (const [name, counted] of [
    ['prom-client', values.reduce((total, { value }) => total + value, 0)],
    ['opentelemetry', total(await collect())],
  ] as const) {
    if (counted !== theirs) bench.wrong(`${name} counted ${counted} of ${theirs}`);
  }
}
