// A pool of threads, and one recorder for what they all record: it reads their numbers in place, without messages.
// Here: node --import tsx examples/worker-pool.ts
import { Recorder } from 'circmetrics';
import { share } from 'circmetrics/node';
import { prometheus } from 'circmetrics/prometheus';
import { Piscina } from 'piscina';

const recorder = new Recorder({ tags: { app: 'shop' } });
const pool = new Piscina({
  filename: new URL('workers/prices.mjs', import.meta.url).href,
  // The same value for all threads, those too that the pool starts later in place of others.
  workerData: { metrics: share(recorder), currency: 'EUR' },
  minThreads: 2,
  maxThreads: 2,
});
// The thread that shares records as well.
recorder.gauge('waiting', { help: 'Orders that wait for a thread.', observe: () => pool.queueSize });

const orders = Array.from({ length: 1000 }, (_, i) => ({ items: Array.from({ length: i % 10 }, () => 250) }));
const answers = await Promise.allSettled(orders.map((order) => pool.run(order)));
console.log(answers.filter(({ status }) => status === 'fulfilled').length, 'orders have a price');

// What a scraper would get. The pool is gone by then, and what it has counted is not.
await pool.destroy();
for await (const text of prometheus(recorder).render()) process.stdout.write(text);
