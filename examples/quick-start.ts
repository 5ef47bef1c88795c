// A service that counts and times its requests, and pushes what it knows to an HTTPTrap check.
// It is JavaScript as well as TypeScript. Here: node --import tsx examples/quick-start.ts
import { createServer } from 'node:http';
import { Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';

async function main() {
  // In place of a Circonus broker, so that this runs as it is: a server that prints what it gets.
  const broker = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    console.log(`\n${request.method} ${request.url}`);
    for (const [name, value] of Object.entries(JSON.parse(body))) console.log(name, JSON.stringify(value));
    response.end(JSON.stringify({ stats: Object.keys(JSON.parse(body)).length }));
  });
  await new Promise((resolve) => broker.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = Object(broker.address());

  // From here on it is what a service does. A recorder holds its numbers, namespaces and tags give them order.
  const recorder = new Recorder({ tags: { app: 'shop' } });
  const api = recorder.namespace('api');

  // Handles are taken once ...
  const requests = api.counter('requests', { unit: 'requests', tagNames: ['route', 'status'] });
  const latency = api.timer('latency', { help: 'How long an answer takes.' });
  const queue = api.gauge('queue');
  api.gauge('heap', { unit: 'bytes', observe: () => process.memoryUsage().heapUsed });
  api.text('version').set('v1.9.2');

  // ... and touched wherever something happens.
  const listed = requests.with({ route: '/items', status: 200 });
  for (let i = 0; i < 20; i++) {
    queue.add(1);
    await latency.time(() => new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 20)));
    queue.add(-1);
    listed.add();
  }
  requests.with({ route: '/items', status: 503 }).add();

  // Numbers can be read on the spot.
  const p99 = latency.histogram().quantile(0.99);
  console.log(`${listed.value} answers, 99 in 100 of them within ${(1000 * p99).toFixed(1)} ms`);

  // Every ten seconds all of it goes to the broker; closing sends what is left and ends the schedule.
  const url = `http://127.0.0.1:${port}/module/httptrap/00000000-0000-4000-8000-000000000000/secret`;
  const flusher = recorder.flushTo(circonus({ url }), { every: 10_000 });
  await recorder.close();

  const { samples, bytes } = flusher.status().totals;
  console.log(`\n${samples} metrics delivered, in ${bytes} bytes`);
  broker.close();
}

main();
