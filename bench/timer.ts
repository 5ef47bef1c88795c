// What it costs to measure how long code takes, beside the two clock reads that nobody can do without.
import { createHistogram } from 'node:perf_hooks';
import { Recorder } from 'circmetrics';
import measured from 'measured-core';
import prom from 'prom-client';
import { type AsyncParty, type Bench, loop, type Party } from './harness.js';
import { openTelemetry, total } from './peers/opentelemetry.js';

export const remarks = `What is measured does nothing, so that the figures are those of measuring. prom-client, OpenTelemetry and measured-core
read \`process.hrtime\` or leave the clock to their user, who is given \`performance.now\` here; prom-client and
OpenTelemetry keep 11 buckets, measured-core a sample of 1,028 values and rates, \`timerify\` an HDR histogram of
nanoseconds.`;

const calls = 1 << 15;
/** Over before somebody else gets the processor, in most rounds. */
const fewCalls = 1 << 12;
/** How many nanoseconds `timer.time` may take beyond its two clock reads. */
const most = 30;

const work = (): void => {};
const asyncWork = async (): Promise<void> => {};

export default async function timer(bench: Bench): Promise<void> {
  bench.versions('prom-client', '@opentelemetry/sdk-metrics', 'measured-core');
  floor(bench);
  await beside(bench);
  await asynchronous(bench);
}

function clockReads(calls: number): () => void {
  const sink = { sum: 0 };
  const body = 'work(); sink.sum += performance.now(); sink.sum -= performance.now();';
  return loop(calls, body, { sink, work });
}

/** Before the others, because `time` is compiled anew once it has seen several functions. */
function floor(bench: Bench): void {
  const own = new Recorder().timer('latency');
  const times = bench.race({
    title: 'timing a function',
    operations: fewCalls,
    rounds: 301,
    parties: [
      { name: 'two clock reads', run: clockReads(fewCalls) },
      {
        name: 'timer.time(work)',
        run: loop(fewCalls, '/* alone */ timer.time(work);', { timer: own, work }),
        check: () => {
          const { count } = own.histogram();
          return count > 0 && count % fewCalls === 0 ? undefined : `${count} samples`;
        },
      },
    ],
  });
  const reads = times.get('two clock reads')!;
  const beyond = times.get('timer.time(work)')!.map((time, round) => time - reads[round]!);
  bench.figure('timer.time(work) beyond two clock reads', beyond, 'ns', { atMost: most });
}

async function beside(bench: Bench): Promise<void> {
  const recorder = new Recorder();
  const sink = { sum: 0 };
  let runs = 0;
  const complete = (count: number): string | undefined =>
    count === runs * calls ? undefined : `${count} samples of ${runs * calls}`;
  const our = (name: string, body: string): Party => {
    const own = recorder.timer(name);
    const run = loop(calls, `/* ${name} */ ${body}`, { timer: own, work, wrapped: own.wrap(work), sink });
    return { name, run, check: () => complete(own.histogram().count) };
  };
  const theirs = new prom.Histogram({ name: 'latency', help: 'Latency.', registers: [] });
  const { meter, collect } = openTelemetry();
  const otel = meter.createHistogram('histogram');
  const plain = new measured.Timer();
  const node = createHistogram();
  const timerified = performance.timerify(work, { histogram: node });
  const reads = clockReads(calls);
  bench.race({
    title: 'timing a function, beside other clients',
    operations: calls,
    rounds: 21,
    parties: [
      {
        name: 'two clock reads',
        run: () => {
          runs++;
          reads();
        },
      },
      our('timer.time(work)', 'timer.time(work);'),
      our('timer.wrap(work)()', 'wrapped();'),
      our('timer.start(); stop()', 'const stop = timer.start(); work(); sink.sum += stop();'),
      our('using timer.measure()', 'const m = timer.measure(); work(); m[Symbol.dispose]();'),
      {
        name: 'prom-client startTimer(); end()',
        run: loop(calls, 'const end = theirs.startTimer(); work(); end();', { theirs, work }),
      },
      {
        name: 'opentelemetry, two clock reads; record()',
        run: loop(calls, 'const begun = performance.now(); work(); otel.record(performance.now() - begun);', {
          otel,
          work,
        }),
      },
      {
        name: 'measured-core start(); end()',
        run: loop(calls, 'const watch = plain.start(); work(); watch.end();', { plain, work }),
        check: () => complete(plain.toJSON().histogram.count),
      },
      {
        name: 'performance.timerify(work)',
        run: loop(calls, 'timerified();', { timerified }),
        // Less than a nanosecond of its clock is no sample to it.
        check: () => (node.count + node.exceeds > 0 ? undefined : 'no samples'),
      },
    ],
    limits: [
      { time: 'prom-client startTimer(); end()', by: 'timer.time(work)' },
      { time: 'opentelemetry, two clock reads; record()', by: 'timer.time(work)' },
      { time: 'measured-core start(); end()', by: 'timer.time(work)' },
      { time: 'performance.timerify(work)', by: 'timer.time(work)' },
    ],
  });
  plain.end();
  const { values } = await theirs.get();
  const wrong =
    complete(values.find(({ metricName }) => metricName === 'latency_count')?.value ?? 0) ??
    complete(total(await collect()));
  if (wrong !== undefined) bench.wrong(wrong);
}

async function asynchronous(bench: Bench): Promise<void> {
  const own = new Recorder().timer('latency');
  const theirs = new prom.Histogram({ name: 'latency', help: 'Latency.', registers: [] });
  let sum = 0;
  const parties: AsyncParty[] = [
    {
      name: 'await, two clock reads',
      async run() {
        for (let i = 0; i < calls; i++) {
          const begun = performance.now();
          await asyncWork();
          sum += performance.now() - begun;
        }
      },
    },
    {
      name: 'await timer.time(asyncWork)',
      async run() {
        for (let i = 0; i < calls; i++) await own.time(asyncWork);
      },
      check: () =>
        own.histogram().count % calls === 0 && own.active === 0
          ? undefined
          : `${own.histogram().count} samples, ${own.active} still running`,
    },
    {
      name: 'prom-client startTimer(), await, end()',
      async run() {
        for (let i = 0; i < calls; i++) {
          const end = theirs.startTimer();
          await asyncWork();
          end();
        }
      },
    },
  ];
  await bench.raceAsync({
    title: 'timing an asynchronous function',
    operations: calls,
    rounds: 15,
    parties,
    limits: [
      { time: 'await timer.time(asyncWork)', by: 'await, two clock reads' },
      { time: 'prom-client startTimer(), await, end()', by: 'await timer.time(asyncWork)' },
    ],
  });
  if (Number.isNaN(sum)) throw new Error('A clock read is NaN.');
}
