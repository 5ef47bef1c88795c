// What each thread of the pool in worker-pool.ts does. It records as any other code does, with a recorder of its own.
import { workerData } from 'node:worker_threads';
import { attach } from 'circmetrics/node';

const metrics = attach(workerData);
const prices = metrics.namespace('prices');
const priced = prices.counter('orders', { help: 'Orders priced.', tagNames: ['result'] });
const took = prices.timer('took', { help: 'How long an order takes.' });
const busy = prices.gauge('busy', { help: 'Threads that price an order.' });

export default function price(order) {
  const stop = took.start();
  busy.add(1);
  try {
    if (order.items.length === 0) throw new RangeError('nothing was ordered');
    const total = order.items.reduce((sum, cents) => sum + cents, 0);
    priced.with({ result: 'ok' }).add();
    return `${(total / 100).toFixed(2)} ${workerData.currency}`;
  } catch (error) {
    priced.with({ result: error.name }).add();
    throw error;
  } finally {
    busy.add(-1);
    stop();
  }
}
