// An HTTP service as it is mostly measured: how many requests, of which kind, how long, how many at once, how large.
// It is JavaScript as well as TypeScript. Here: node --import tsx examples/http-service.ts
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Recorder } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import { prometheus } from 'circmetrics/prometheus';

async function main() {
  const recorder = new Recorder({ tags: { service: 'shop' } });
  const undo = processMetrics(recorder);
  const http = recorder.namespace('http');

  // A route, never the path: paths come from outside, and every other one would be another series.
  const requests = http.counter('requests', {
    help: 'Requests answered.',
    tagValues: { route: ['/items', '/items/:id', 'other'], status: ['2xx', '4xx', '5xx'] },
  });
  const duration = http.timer('duration', {
    help: 'From the request to the end of the answer.',
    tagNames: ['route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
  });
  const answers = http.histogram('response_size', { unit: 'bytes', help: 'Bodies of answers.' });
  const open = http.gauge('open_requests', { help: 'Requests that are being answered now.' });

  const routeOf = (path = '') => {
    if (path === '/items') return '/items';
    return /^\/items\/\w+$/.test(path) ? '/items/:id' : 'other';
  };
  const classOf = (status = 0) => (status < 400 ? '2xx' : status < 500 ? '4xx' : '5xx');

  const scrape = prometheus(recorder);
  const server = createServer(async (request, response) => {
    if (request.url?.startsWith('/metrics')) return scrape.handler(request, response);
    const route = routeOf(request.url);
    const stop = duration.with({ route }).start();
    open.add(1);
    // Answers that the reader did not wait for end with 'close' as well.
    response.once('close', () => {
      stop();
      open.add(-1);
      requests.with({ route, status: classOf(response.statusCode) }).add();
    });
    await sleep(1 + Math.random() * 20);
    const body = route === 'other' ? 'no such thing' : JSON.stringify({ route, items: [1, 2, 3] });
    answers.record(Buffer.byteLength(body));
    response.writeHead(route === 'other' ? 404 : 200).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const origin = `http://127.0.0.1:${Object(server.address()).port}`;

  // From here on it is what others do: some use the service, then it is scraped.
  const visit = async (path = '') => (await fetch(origin + path)).text();
  const paths = ['/items', '/items', '/items/7', '/items/8', '/admin.php'];
  for (let round = 0; round < 10; round++) await Promise.all(paths.map(visit));
  // The last answer is read a moment before it is closed here.
  while (open.value !== 0) await sleep(10);

  const names = [
    'http_requests',
    'http_open_requests',
    'http_duration_seconds_count',
    'http_response_size_bytes_count',
  ];
  const query = names.map((name) => `name[]=${name}`).join('&');
  const text = await visit(`/metrics?${query}`);
  for (const line of text.split('\n')) if (/^http_\w+(total|requests|count)\b/.test(line)) console.log(line);

  console.log();
  console.log(duration.with({ route: '/items' }).histogram().toString({ unit: 'seconds', width: 72 }));
  undo();
  server.close();
  server.closeAllConnections();
}

main();
