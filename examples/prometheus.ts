// A service that Prometheus can scrape, and that a Circonus broker can pull from, under paths that only they know.
// It is JavaScript as well as TypeScript. Here: node --import tsx examples/prometheus.ts
import { createServer } from 'node:http';
import { Recorder } from 'circmetrics';
import { circonusPull } from 'circmetrics/circonus';
import { prometheus } from 'circmetrics/prometheus';

async function main() {
  const recorder = new Recorder({ tags: { app: 'shop' } });
  const api = recorder.namespace('api');
  const requests = api.counter('requests', { help: 'Requests served.', tagNames: ['route', 'status'] });
  const latency = api.timer('latency', { help: 'How long an answer takes.', buckets: [0.01, 0.05, 0.25, 1] });
  api.text('version', { help: 'What runs.' }).set('v1.9.2');

  // A bearer token for Prometheus; for Circonus a path, a user and a password that are made up.
  const scrape = prometheus(recorder, { access: { path: '/metrics', token: 'a-token-of-yours' } });
  const pull = circonusPull(recorder);
  const { path: pullPath, user, password } = pull.describe();

  const server = createServer((request, response) => {
    if (request.url?.startsWith('/metrics')) return scrape.handler(request, response);
    if (request.url === pullPath) return pull.handler(request, response);
    return latency.time(() => {
      requests.with({ route: '/', status: 200 }).add();
      response.end('hello');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const origin = `http://127.0.0.1:${Object(server.address()).port}`;

  // From here on it is what others do: somebody uses the service, then it is scraped and pulled.
  for (let i = 0; i < 3; i++) await (await fetch(origin)).text();

  const refused = await fetch(`${origin}/metrics`);
  console.log(refused.status, refused.headers.get('www-authenticate'));

  const headers = { authorization: 'Bearer a-token-of-yours', accept: 'application/openmetrics-text' };
  console.log(await (await fetch(`${origin}/metrics`, { headers })).text());

  const authorization = `Basic ${btoa(`${user}:${password}`)}`;
  const pulled = await fetch(origin + pullPath, { headers: { authorization } });
  console.log(await pulled.text());

  server.close();
  server.closeAllConnections();
}

main();
