// What a call on a handle costs, beside a bare increment of a typed array, and beside other clients' calls.
import { Recorder } from 'circmetrics';
import { StatsD } from 'hot-shots';
import measured from 'measured-core';
import prom from 'prom-client';
import { type Bench, loop } from './harness.js';
import { openTelemetry, total } from './peers/opentelemetry.js';

export const remarks = `prom-client, OpenTelemetry and measured-core count in the process, as circmetrics does; measured-core's counter is a
property of an object and knows neither names nor tags. hot-shots makes the text of a packet at each call, and here
gives it to nobody (\`mock\`).`;

const handles = 1024;
const calls = 1 << 18;
/** Fewer, because the slowest take a microsecond. */
const callsBeside = 1 << 15;

const counted = (value: number, expected: number): string | undefined =>
  value === expected ? undefined : `counted ${value} of ${expected}`;

function floors(bench: Bench): void {
  const recorder = new Recorder();
  const counters = Array.from({ length: handles }, (_, i) => recorder.counter(`counter${i}`));
  const gauges = Array.from({ length: handles }, (_, i) => recorder.gauge(`gauge${i}`));
  const single = recorder.counter('single');
  const gauge = recorder.gauge('gauge');
  const cells = new Float64Array(8192);
  // A program that keeps 1,024 positions reads them from somewhere, as it reads handles.
  const positions = Array.from({ length: handles }, (_, i) => i);

  const addOnce = loop(calls, '/* one counter */ counter.add();', { counter: single });
  let runs = 0;
  bench.race({
    title: 'one handle',
    operations: calls,
    parties: [
      { name: 'cells[at] += 1', run: loop(calls, 'cells[7] += 1;', { cells }) },
      {
        name: 'counter.add()',
        run: () => {
          runs++;
          addOnce();
        },
        check: () => counted(single.value, runs * calls),
      },
      {
        name: 'gauge.set(i)',
        run: loop(calls, '/* one gauge */ gauge.set(i);', { gauge }),
        check: () => counted(Number(gauge.value), calls - 1),
      },
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
        run: loop(calls, 'cells[positions[i & 1023]] += 1;', { cells, positions }),
      },
      { name: 'counters[i].add()', run: loop(calls, '/* many */ counters[i & 1023].add();', { counters }) },
      { name: 'gauges[i].set(i)', run: loop(calls, '/* many */ gauges[i & 1023].set(i);', { gauges }) },
    ],
    limits: [
      { time: 'counters[i].add()', by: 'cells[positions[i]] += 1', atMost: 3 },
      { time: 'gauges[i].set(i)', by: 'cells[positions[i]] += 1', atMost: 3 },
    ],
  });
}

/** Each client has as many counters as there are handles above, for what is in one place stays in the processor. */
async function beside(bench: Bench): Promise<void> {
  const recorder = new Recorder();
  const { meter, collect } = openTelemetry();
  const client = new StatsD({ mock: true });
  const sent = client.mockBuffer!;
  const each = <T>(make: (about: { name: string; help: string; registers: [] }) => T): T[] =>
    Array.from({ length: handles }, (_, i) =>
      make({ name: `requests${i}`, help: 'Requests.', registers: [] }),
    );
  const own = each(({ name }) => recorder.counter(name));
  const theirs = each((about) => new prom.Counter(about));
  const gauges = each((about) => new prom.Gauge(about));
  const otel = each(({ name }) => meter.createCounter(name));
  const plain = each(() => new measured.Counter());
  const names = each(({ name }) => name);
  const party = (name: string, body: string, scope: Readonly<Record<string, unknown>>) => ({
    name,
    run: loop(callsBeside, `/* ${name} */ ${body}`, scope),
  });
  const packets = loop(callsBeside, 'client.increment(names[i & 1023]);', { client, names });
  let rounds = 0;
  const by = 'counters[i].add()';
  bench.race({
    title: `${handles} counters or gauges in rotation, beside other clients`,
    operations: callsBeside,
    rounds: 21,
    parties: [
      party(by, 'own[i & 1023].add();', { own }),
      party('measured-core inc()', 'plain[i & 1023].inc();', { plain }),
      party('prom-client inc()', 'theirs[i & 1023].inc();', { theirs }),
      party('prom-client set(i)', 'gauges[i & 1023].set(i);', { gauges }),
      party('opentelemetry add(1)', 'otel[i & 1023].add(1);', { otel }),
      {
        name: "hot-shots increment('…')",
        run: () => {
          rounds++;
          sent.length = 0;
          packets();
        },
      },
    ],
    limits: ['measured-core inc()', 'prom-client inc()', 'prom-client set(i)', 'opentelemetry add(1)']
      .concat("hot-shots increment('…')")
      .map((time) => ({ time, by })),
  });
  const all = rounds * callsBeside;
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const counts = await Promise.all(theirs.map(async (one) => (await one.get()).values[0]?.value ?? 0));
  for (const [name, value, expected] of [
    ['circmetrics', sum(own.map((counter) => counter.value)), all],
    ['measured-core', sum(plain.map((counter) => counter.toJSON())), all],
    ['prom-client', sum(counts), all],
    ['opentelemetry', total(await collect()), all],
    ['hot-shots', sent.length, callsBeside],
  ] as const) {
    const wrong = counted(value, expected);
    if (wrong !== undefined) bench.wrong(`${name} ${wrong}`);
  }
}

export default async function record(bench: Bench): Promise<void> {
  bench.versions('prom-client', '@opentelemetry/sdk-metrics', 'measured-core', 'hot-shots');
  floors(bench);
  await beside(bench);
}
