import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Recorder } from 'circmetrics';
import { Random } from './random.js';
import { type Route, routeOf, routes } from './routes.js';
import { countRequest, countSample, type Tally } from './tally.js';

/** A shop on 127.0.0.1. Its work is waiting; everything else is what an instrumented service does. */
export interface Shop {
  readonly url: string;
  /** Answers what it has begun, then ends. */
  close(): Promise<void>;
}

/** No request takes longer, in milliseconds, so that the demo ends when it is told to. */
const LONGEST_WORK = 900;
const FILLER = Buffer.alloc(256 * 1024, 'circmetrics ');

/** The instruments of the service, each made once. Families get their tag values where they are used. */
function instruments(recorder: Recorder) {
  const http = recorder.namespace('http');
  return {
    requests: http.counter('requests', {
      unit: 'requests',
      help: 'Requests answered.',
      tagNames: ['route', 'status'],
    }),
    latencies: http.timer('latency', { help: 'Time to work out an answer.', tagNames: ['route'] }),
    sizes: http.histogram('response_size', {
      unit: 'bytes',
      help: 'Size of an answer.',
      tagNames: ['route'],
    }),
    inFlight: http.gauge('in_flight', { unit: 'requests', help: 'Requests begun and not yet answered.' }),
  };
}

export async function startShop(recorder: Recorder, tally: Tally, seed: number): Promise<Shop> {
  const { requests, latencies, sizes: allSizes, inFlight } = instruments(recorder);
  const random = new Random(seed);

  // Read when the numbers are collected, not before.
  const heap = () => process.memoryUsage().heapUsed;
  recorder.namespace('process').gauge('heap', { unit: 'bytes', help: 'Heap in use.', observe: heap });
  recorder.text('version', { help: 'What is running.' }).set('shop 1.9.2');
  tally.version = 'shop 1.9.2';

  // A handle is worth keeping: looked up once for each route, and then only touched.
  const handles = new Map(
    routes.map(({ route }) => [
      route,
      { latency: latencies.with({ route }), sizes: allSizes.with({ route }) },
    ]),
  );

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = routeOf(request.method ?? '', request.url ?? '');
    const { latency, sizes } = handles.get(route.route)!;
    inFlight.add(1);
    tally.inFlight += 1;

    const { status, body } = await latency.time(() => work(route));
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': body.length });
    response.end(body);

    sizes.record(body.length);
    requests.with({ route: route.route, status: `${status}` }).add();
    inFlight.add(-1);

    // The demo's own book-keeping; a service of yours ends above.
    countSample(tally, route.route, 'latencies');
    countSample(tally, route.route, 'sizes');
    countRequest(tally, route.route, `${status}`);
    tally.inFlight -= 1;
  }

  /** Pretends to work: mostly about as long as the median, sometimes far longer, and sometimes in vain. */
  async function work(route: Route): Promise<{ status: number; body: Buffer }> {
    const slow = random.chance(1 / route.slowOneIn) ? 3 * random.pareto(1.8) : 1;
    const milliseconds = random.logNormal(route.work.median, route.work.spread) * slow;
    const failed = random.chance(route.failures.rate);
    const bytes = failed ? 60 : Math.round(random.logNormal(route.bytes, 0.5));
    await sleep(Math.min(milliseconds, LONGEST_WORK));
    return { status: failed ? route.failures.status : route.status, body: FILLER.subarray(0, bytes) };
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
