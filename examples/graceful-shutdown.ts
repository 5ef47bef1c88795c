// A service that ends well: on SIGTERM it answers what it has begun, and what it counts meanwhile arrives, too.
// Here: node --import tsx examples/graceful-shutdown.ts
import { createServer } from 'node:http';
import { Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { drainOnExit } from 'circmetrics/node';

// In place of a broker, so that this runs as it is: a server that knows how much it got.
let arrived = 0;
const broker = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  arrived = JSON.parse(body).requests._value;
  response.end('{}');
});
process.on('exit', () => console.log('arrived:', arrived, 'requests'));
broker.listen(0, '127.0.0.1', () => {
  const { port } = Object(broker.address());
  // It must not keep the process alive here; in a service it is elsewhere.
  broker.unref();

  const recorder = new Recorder();
  const requests = recorder.counter('requests');
  recorder.flushTo(circonus({ url: `http://127.0.0.1:${port}/module/httptrap/uuid/secret` }), {
    every: 60_000,
  });
  drainOnExit(recorder, { deadline: 2000 });

  const service = createServer((_request, response) => {
    requests.add();
    setTimeout(() => response.end('hello'), 50);
  });
  service.listen(0, '127.0.0.1', async () => {
    const url = `http://127.0.0.1:${Object(service.address()).port}/`;
    const answers = [1, 2, 3].map(async () => (await fetch(url)).text());
    // A listener of your own decides when to end. Here the process ends by itself, after the last answer, and the last
    // pass comes then. If yours calls process.exit(), which waits for nothing, let it await recorder.close() first.
    process.once('SIGTERM', () => service.close());
    await answers[0];
    process.kill(process.pid, 'SIGTERM');
  });
});
