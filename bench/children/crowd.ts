// For how long at a time very many series hold the event loop, in whatever is done with all of them at once.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backend, Recorder } from 'circmetrics';
import { prometheus } from 'circmetrics/prometheus';
import { cost, renderAll, takesEverything } from './blocks.js';

/** Milliseconds of the longest block, by what was done. */
export type Blocks = Readonly<Record<string, number>>;

const size = Number(process.argv[2]);
const blocks: Record<string, number> = {};

async function measure(what: string, work: () => unknown): Promise<void> {
  globalThis.gc?.();
  // V8 gives freed memory back in the background. An allocation waits until it has finished.
  await sleep(300);
  blocks[what] = (await cost(async () => work())).block;
}

const refuses: Backend = { ...takesEverything(), send: async () => ({ outcome: 'failed' }) };

async function counters(): Promise<void> {
  let now = Date.now();
  const recorder = new Recorder({
    maxSeries: size,
    clock: { now: () => now, monotonic: () => now },
    onWarning: () => {},
  });
  const requests = recorder.counter('requests', {
    tagNames: ['route', 'status'],
    maxSeries: size,
    expireAfter: 3_600_000,
  });
  const handles = Array.from({ length: size }, (_, i) =>
    requests.with({ route: `/route/${i}`, status: 200 }),
  );
  for (const handle of handles) handle.add();
  await measure('first scrape', () => renderAll(prometheus(recorder)));
  const flusher = recorder.flushTo(refuses, { every: 3_600_000, timeout: 60_000, retries: 0 });
  await measure('a pass that fails, and the count after it', () => flusher.flush());
  await measure('status()', () => recorder.status());
  now += 3_000_000;
  for (let i = 0; i < size; i += 2) handles[i]?.add();
  await measure('a sweep that ends none', () => recorder.collect());
  now += 3_000_000;
  await measure('snapshot(), while half of them are to end', () => recorder.snapshot());
  await measure('a sweep that ends half of them', () => recorder.collect());
  // The overflow may be one more: the flusher owes there what the others left.
  if (recorder.status().series > size / 2 + 1) throw new Error(`${recorder.status().series} series live`);
  for (let i = 1; i < size; i += 2) handles[i]?.add();
  await measure('clear()', () => requests.clear());
  requests.with({ route: '/', status: 200 }).add();
  await measure('a pass after it, which is owed all', () => flusher.flush());
  await flusher.destroy();
}

async function histograms(): Promise<void> {
  const recorder = new Recorder({ maxSeries: size });
  const latency = recorder.timer('latency', { tagNames: ['route'], maxSeries: size });
  for (let i = 0; i < size; i++) latency.with({ route: `/route/${i}` }).record(0.1);
  await measure('collect()', () => recorder.collect());
  await measure('snapshot()', () => recorder.snapshot());
  await measure('a scrape', async () => {
    for await (const _ of prometheus(recorder).render({ names: ['nothing'] }));
  });
}

await (process.argv[3] === 'histograms' ? histograms() : counters());
console.log(JSON.stringify(blocks satisfies Blocks));
