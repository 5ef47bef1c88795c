// What it costs that threads share a recorder: the writer, and the reader, beside prom-client's cluster.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Recorder } from 'circmetrics';
import { share } from 'circmetrics/node';
import { prometheus } from 'circmetrics/prometheus';
import { AggregatorRegistry } from 'prom-client';
import type { Bench } from './harness.js';
import type { Ratios, Task } from './workers/threads.js';

const counters = 4_500;
const histograms = 500;
const processes = 4;
/** How long one measurement of throughput takes, in milliseconds, and how many there are of each kind. */
const span = 400;
const spans = 9;

const fileOf = (name: string): string => new URL(`./workers/${name}`, import.meta.url).href;

function start(recorder: Recorder, task: Task): Worker {
  const workerData = { metrics: share(recorder), task, file: fileOf('threads.ts') };
  return new Worker(new URL(fileOf('run.mjs')), { workerData });
}

/** A worker's recorder beside a private one of the same worker. */
async function writers(bench: Bench): Promise<void> {
  const worker = start(new Recorder(), { do: 'race' });
  const [ratios] = (await once(worker, 'message')) as [Ratios];
  await worker.terminate();
  for (const [name, ratio] of Object.entries(ratios)) bench.figure(name, ratio, '×', { atMost: 1.2 });
}

/** Threads that write at full speed, while they are read and while they are not. */
async function read(bench: Bench, threads: number, atLeast: number): Promise<void> {
  const recorder = new Recorder();
  const progress = new SharedArrayBuffer(threads * 64);
  const done = new Float64Array(progress);
  const workers = Array.from({ length: threads }, (_, i) =>
    start(recorder, { do: 'write', progress, place: i * 8, series: 64 }),
  );
  while (workers.some((_, i) => done[i * 8] === 0)) await sleep(20);
  const total = (): number => workers.reduce((sum, _, i) => sum + done[i * 8]!, 0);
  const speed = async (reading: boolean): Promise<number> => {
    const timer = reading ? setInterval(() => recorder.snapshot(), 10) : undefined;
    const [before, since] = [total(), performance.now()];
    await sleep(span);
    const rate = (total() - before) / (performance.now() - since);
    clearInterval(timer);
    return rate;
  };
  await speed(true);
  const shares: number[] = [];
  for (let i = 0; i < spans; i++) {
    const alone = await speed(false);
    const together = await speed(true);
    shares.push(together / alone);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  const title = `throughput of ${threads}, read every 10 ms / not read`;
  bench.figure(title, median(shares), '×', { atLeast });
}

async function ours(): Promise<number[]> {
  const recorder = new Recorder();
  const workers = Array.from({ length: processes }, () =>
    start(recorder, { do: 'fill', counters, histograms }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const scrape = prometheus(recorder);
  const times: number[] = [];
  for (let i = 0; i < 21; i++) {
    const touched = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.postMessage('touch');
    await Promise.all(touched);
    const since = performance.now();
    let length = 0;
    for await (const chunk of scrape.render()) length += chunk.length;
    if (length === 0) throw new Error('nothing was read');
    times.push(performance.now() - since);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return times;
}

async function theirs(): Promise<number[]> {
  const exec = fileURLToPath(fileOf('prom-client.ts'));
  cluster.setupPrimary({
    exec,
    args: [String(counters), String(histograms)],
    execArgv: ['--import', 'tsx/esm'],
  });
  const workers = Array.from({ length: processes }, () => cluster.fork());
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const registry = new AggregatorRegistry();
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const touched = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.send('touch');
    await Promise.all(touched);
    const since = performance.now();
    if ((await registry.clusterMetrics()).length === 0) throw new Error('nothing was read');
    times.push(performance.now() - since);
  }
  for (const worker of workers) worker.kill();
  return times;
}

export const remarks = `prom-client has nothing for threads: beside workers whose numbers are read in place stand processes of a cluster, which
send theirs as messages when they are asked.`;

export default async function threads(bench: Bench): Promise<void> {
  bench.versions('prom-client');
  await writers(bench);
  await read(bench, 1, 0.9);
  await read(bench, 4, 0.75);
  bench.say(`\na scrape of ${processes} with ${counters + histograms} series each`);
  const [our, their] = [median(await ours()), median(await theirs())];
  bench.figure('circmetrics, threads', our, 'ms');
  bench.figure("prom-client, cluster's messages", their, 'ms');
  bench.figure('prom-client / circmetrics', their / our, '×', { atLeast: 10 });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
