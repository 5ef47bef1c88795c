// Whether a service counts what it does, tested with node:test and a backend in memory.
// Here: node --import tsx --test examples/testing-your-metrics.ts
import { test } from 'node:test';
import { Recorder } from 'circmetrics';
import { memoryBackend } from 'circmetrics/testing';

/** What is tested: it takes its recorder from outside, and so from a test. */
function makeShop(recorder: Recorder) {
  const orders = recorder.namespace('shop').counter('orders', { tagNames: ['result'] });
  const latency = recorder.namespace('shop').timer('checkout');
  return {
    checkout(amount: number): boolean {
      return latency.time(() => {
        const result = amount > 0;
        orders.with({ result: result ? 'paid' : 'refused' }).add();
        return result;
      });
    },
  };
}

test('orders are counted by result, and timed', async () => {
  const recorder = new Recorder();
  const memory = memoryBackend();
  const flusher = recorder.flushTo(memory, { every: 60_000 });
  const shop = makeShop(recorder);

  shop.checkout(10);
  shop.checkout(20);
  shop.checkout(-1);
  await flusher.close();

  memory.expectCounter('shop.orders', { result: 'paid' }).toBe(2);
  memory.expectCounter('shop.orders').toBe(3);
  memory.expectHistogram('shop.checkout').toHaveCount(3);
});
