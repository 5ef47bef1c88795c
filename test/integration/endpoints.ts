// What pull backends are served by: both of the conventions of handlers, and how each is asked.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Recorder } from 'circmetrics';
import { circonusPull } from 'circmetrics/circonus';
import { type AccessOptions, prometheus } from 'circmetrics/prometheus';
import { afterEach } from 'vitest';

/** Only in documents. */
export const marker = 'only_for_readers';

/** Those that listen until the test ends. */
export const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Serves a handler; at which origin. */
export async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer({ maxHeaderSize: 65_536 }, handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** So many series of a counter that is named by the marker. */
export function recorderOf(series: number): Recorder {
  const recorder = new Recorder({ onWarning: () => {} });
  const family = recorder.counter(marker, { tagNames: ['n'], maxSeries: Math.max(series, 1) });
  for (let n = 0; n < series; n++) family.with({ n }).add();
  return recorder;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Ask = (asked: Asked) => Promise<Reply>;

/** Asks a Node.js server by http.request, which sends what it is told. */
async function byNode(made: ReturnType<typeof prometheus>): Promise<Ask> {
  const origin = await listen(made.handler);
  return ({ method = 'GET', target, headers = {} }) =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(origin);
      const sent = request(
        { hostname, port, path: target, method, headers, agent: false },
        (response: IncomingMessage) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () => {
            const entries = Object.entries(response.headers).map(([name, value]): [string, string] => [
              name,
              String(value),
            ]);
            const body = Buffer.concat(chunks);
            const text =
              response.headers['content-encoding'] === 'gzip' && body.length > 0 ? gunzipSync(body) : body;
            resolve({
              status: response.statusCode ?? 0,
              headers: new Headers(entries),
              text: text.toString(),
            });
          });
        },
      );
      sent.once('error', reject);
      sent.end();
    });
}

/** Hands requests of the fetch API over, as servers of that convention do. */
async function byFetch(made: ReturnType<typeof prometheus>): Promise<Ask> {
  return async ({ method = 'GET', target, headers = {} }) => {
    const response = await made.fetch(new Request(`http://localhost${target}`, { method, headers }));
    const body = Buffer.from(await response.arrayBuffer());
    const text =
      response.headers.get('content-encoding') === 'gzip' && body.length > 0 ? gunzipSync(body) : body;
    return { status: response.status, headers: response.headers, text: text.toString() };
  };
}

type Make = (
  recorder: Pick<Recorder, 'collect'>,
  access: AccessOptions | false,
) => ReturnType<typeof prometheus>;

export const backends: readonly [string, Make][] = [
  ['prometheus', (recorder, access) => prometheus(recorder, { access })],
  ['circonusPull', (recorder, access) => circonusPull(recorder, { access }) as ReturnType<typeof prometheus>],
];

const conventions = [
  ['handler', byNode],
  ['fetch', byFetch],
] as const;

/** Each backend by each convention: its name, how it is made, how it is asked. */
export const cases = backends.flatMap(([backend, make]) =>
  conventions.map(([convention, serve]) => [`${backend}.${convention}`, make, serve] as const),
);
