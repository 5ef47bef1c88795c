// Readers that take a scrape slowly, break it off, or never read it: what they hold of the process' memory.
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Recorder } from 'circmetrics';
import { type PrometheusScrape, prometheus } from 'circmetrics/prometheus';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What docs/limits.md promises. */
const copies = 4;
const perReader = 400_000;
/** Bytes of the cells of 6,000 timers that have a sample each. */
const copy = 6000 * 271 * 8;

let ahead = 0;
const now = performance.now.bind(performance);
beforeEach(() => {
  ahead = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
});
afterEach(() => void vi.restoreAllMocks());

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A recorder whose copy is large, and of which a scrape asks for a part that comes in several chunks. */
function large(): { scrape: PrometheusScrape; begin: () => Promise<Reader>; copied: () => number } {
  const recorder = new Recorder({ onWarning: () => {} });
  const timers = recorder.timer('latency', { tagNames: ['n'], maxSeries: 6000 });
  for (let n = 0; n < 6000; n++) timers.with({ n }).record(0.1);
  const counters = recorder.counter('asked', { tagNames: ['n'], maxSeries: 6000 });
  for (let n = 0; n < 6000; n++) counters.with({ n }).add(n);
  let held = 0;
  const scrape = prometheus({
    collect: async () => {
      const snapshot = await recorder.collect();
      held++;
      const { capture } = snapshot;
      const release = capture?.release.bind(capture);
      if (capture) capture.release = () => [held--, release?.()];
      return snapshot;
    },
  });
  const begin = async (): Promise<Reader> => {
    const { body } = await scrape.fetch(new Request('http://x/metrics?name[]=asked_total'));
    return (body as ReadableStream<Uint8Array>).getReader();
  };
  return { scrape, begin, copied: () => held };
}

/** Reads to the end; how much there was, or why it broke off. */
async function rest(reader: Reader): Promise<number | string> {
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return length;
      length += value.length;
    }
  } catch (error) {
    return (error as Error).message;
  }
}

async function bytes(): Promise<number> {
  await sleep(0);
  collectGarbage();
  await sleep(0);
  return process.memoryUsage().arrayBuffers;
}

it('a thousand of them hold a few copies, and nothing once they are gone', { timeout: 60_000 }, async () => {
  const { scrape, begin, copied } = large();
  const whole = await rest(await begin());
  ahead += 2000;
  const before = await bytes();
  const readers: Reader[] = [];
  for (let i = 0; i < 1000; i++) {
    readers.push(await begin());
    if (i % 3 > 0) await readers.at(-1)?.read();
    if (i % 100 !== 99) continue;
    expect(copied()).toBeLessThanOrEqual(copies);
    expect(await bytes()).toBeLessThan(before + copies * copy * 1.1 + readers.length * perReader);
    // So that the next ones want a newer copy.
    ahead += 1100;
  }
  expect(copied()).toBe(copies);
  // One that is in time is served whole, and of those that are slow most still are.
  expect(await rest(await begin())).toBe(whole);
  expect(await rest(readers.at(-1) as Reader)).toBeGreaterThan(0);
  await Promise.all(readers.map((reader) => reader.cancel()));
  await vi.waitFor(() => expect(copied()).toBe(0));
  await vi.waitFor(async () => expect(await bytes()).toBeLessThan(before * 1.1), {
    timeout: 20_000,
    interval: 500,
  });
  expect(scrape.status()).toMatchObject({ broken: 999, scrapes: 3 });
});

it('who had a copy for ten seconds loses it to those that want a newer one', async () => {
  const { scrape, begin, copied } = large();
  const slow: Reader[] = [];
  for (let i = 0; i < copies; i++) {
    slow.push(await begin());
    ahead += 1100;
  }
  // There is none to be had yet: this one shares the newest.
  await rest(await begin());
  expect([copied(), scrape.status().broken]).toEqual([copies, 0]);
  ahead += 6000;
  const fresh = await begin();
  expect([copied(), scrape.status().broken]).toEqual([copies, 1]);
  expect(await rest(slow[0] as Reader)).toMatch(/too slow/);
  for (const reader of [...slow.slice(1), fresh]) expect(await rest(reader)).toBeGreaterThan(100_000);
  expect([copied(), scrape.status()]).toMatchObject([0, { broken: 1, scrapes: 5 }]);
});

it('who never reads has a copy for a minute', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { scrape, begin, copied } = large();
    const reader = await begin();
    vi.advanceTimersByTime(59_000);
    await Promise.resolve();
    expect([copied(), scrape.status().broken]).toEqual([1, 0]);
    vi.advanceTimersByTime(2000);
    await vi.waitFor(() => expect(copied()).toBe(0));
    expect(scrape.status().broken).toBe(1);
    expect(await rest(reader)).toMatch(/too slow/);
    expect(scrape.status().broken).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

it('memory of one large scrape is given back some seconds later', { timeout: 60_000 }, async () => {
  const recorder = new Recorder({ onWarning: () => {} });
  const timers = recorder.timer('latency', { tagNames: ['n'], maxSeries: 6000 });
  for (let n = 0; n < 6000; n++) timers.with({ n }).record(0.1);
  const before = await bytes();
  for await (const _ of prometheus(recorder).render({ names: ['none'] }));
  const after = await bytes();
  expect(after).toBeGreaterThan(before + 0.9 * copy);
  await vi.waitFor(async () => expect(await bytes()).toBeLessThan(after - 0.9 * copy), {
    timeout: 20_000,
    interval: 500,
  });
});
