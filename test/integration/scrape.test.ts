// What both pull backends have in common: two conventions of handlers, access, and requests of every kind.
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Recorder, type Snapshot } from 'circmetrics';
import { circonusPull } from 'circmetrics/circonus';
import { type AccessOptions, prometheus } from 'circmetrics/prometheus';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

const seed = Number(process.env['FUZZ_SEED'] ?? 7);
/** Only in documents. */
const marker = 'only_for_readers';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(handler: ReturnType<typeof prometheus>['handler']): Promise<string> {
  const server = createServer({ maxHeaderSize: 65_536 }, handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function recorderOf(series: number): Recorder {
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
type Ask = (asked: Asked) => Promise<Reply>;

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
const backends: readonly [string, Make][] = [
  ['prometheus', (recorder, access) => prometheus(recorder, { access })],
  ['circonusPull', (recorder, access) => circonusPull(recorder, { access }) as ReturnType<typeof prometheus>],
];
const conventions = [
  ['handler', byNode],
  ['fetch', byFetch],
] as const;
const cases = backends.flatMap(([backend, make]) =>
  conventions.map(([convention, serve]) => [`${backend}.${convention}`, make, serve] as const),
);
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe.each(cases)('%s', (name, make, serve) => {
  it('answers on any path where everybody may read, GET and HEAD only', async () => {
    const ask = await serve(make(recorderOf(3), false));
    const { status, headers, text } = await ask({ target: '/what/ever?x=1' });
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      name.startsWith('prometheus')
        ? 'text/plain; version=0.0.4; charset=utf-8'
        : 'application/json; charset=utf-8',
      'no-store',
    ]);
    expect(text.match(new RegExp(marker, 'g'))?.length).toBeGreaterThanOrEqual(3);
    const head = await ask({ target: '/', method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), head.text]).toEqual([
      200,
      headers.get('content-type'),
      '',
    ]);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const refused = await ask({ target: '/', method });
      expect([refused.status, refused.headers.get('allow'), refused.text]).toEqual([405, 'GET, HEAD', '']);
    }
  });

  it('is the same compressed', async () => {
    const ask = await serve(make(recorderOf(2000), false));
    const plain = await ask({ target: '/' });
    for (const accepted of ['gzip', 'deflate, GZIP;q=0.5', '*']) {
      const { headers, text } = await ask({ target: '/', headers: { 'accept-encoding': accepted } });
      expect([headers.get('content-encoding'), headers.get('vary')]).toEqual([
        'gzip',
        'Accept, Accept-Encoding, Authorization',
      ]);
      expect(text).toBe(plain.text);
    }
    for (const accepted of ['', 'identity', 'gzip;q=0', 'br', '*;q=0']) {
      const { headers } = await ask({ target: '/', headers: { 'accept-encoding': accepted } });
      expect(headers.get('content-encoding')).toBeNull();
    }
    expect((await ask({ target: '/', method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })).text).toBe(
      '',
    );
  });

  it('makes up what it is not given, and lets in whoever knows it', async () => {
    const made = make(recorderOf(1), {});
    const { path = '', user = '', password = '', token } = made.describe();
    expect([path, user, password].every((text) => text.length >= 24)).toBe(true);
    expect(token).toBeUndefined();
    expect(make(recorderOf(1), {}).describe()).not.toEqual(made.describe());
    const ask = await serve(made);
    const authorization = basic(user, password);
    expect((await ask({ target: path, headers: { authorization } })).status).toBe(200);
    const without = await ask({ target: path });
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="metrics", charset="UTF-8"',
    ]);
    expect((await ask({ target: '/', headers: { authorization } })).status).toBe(404);
    expect((await ask({ target: path, method: 'POST', headers: { authorization } })).status).toBe(405);
    expect(made.status()).toMatchObject({ scrapes: 1, refused: { 401: 1, 404: 1, 405: 1 } });
  });

  it('takes a token, and beside it a user where there is one', async () => {
    const only = await serve(make(recorderOf(1), { path: false, token: 'abc.DEF=' }));
    const asked = async (ask: Ask, authorization: string): Promise<number> =>
      (await ask({ target: '/any', headers: { authorization } })).status;
    expect(await asked(only, 'Bearer abc.DEF=')).toBe(200);
    expect(await asked(only, 'bearer abc.DEF=')).toBe(200);
    expect(await asked(only, 'Basic abc.DEF=')).toBe(401);
    expect(await asked(only, 'Bearer abc.DEF')).toBe(401);
    expect(await asked(only, 'Bearer ')).toBe(401);
    const both = await serve(make(recorderOf(1), { path: false, token: 't', user: 'ü', password: 'a:b' }));
    expect(await asked(both, 'Bearer t')).toBe(200);
    expect(await asked(both, basic('ü', 'a:b'))).toBe(200);
    expect(await asked(both, basic('ü:a', 'c'))).toBe(401);
    const { headers } = await both({ target: '/' });
    expect(headers.get('www-authenticate')).toBe(
      'Basic realm="metrics", charset="UTF-8", Bearer realm="metrics"',
    );
  });

  it('takes no long URLs and no long headers', async () => {
    const made = make(recorderOf(1), false);
    const ask = await serve(made);
    expect((await ask({ target: `/?${'x'.repeat(9000)}` })).status).toBe(414);
    expect((await ask({ target: '/', headers: { 'x-long': 'x'.repeat(17_000) } })).status).toBe(431);
    expect(made.status()).toMatchObject({ scrapes: 0, refused: { 414: 1, 431: 1 } });
  });

  it('takes one snapshot for scrapes at the same time, and a new one for each later scrape', async () => {
    const recorder = recorderOf(2000);
    let collected = 0;
    const source = {
      collect: async (): Promise<Snapshot> => {
        collected++;
        // For as long as it takes the other requests to arrive.
        await new Promise((resolve) => setTimeout(resolve, 200));
        return recorder.collect();
      },
    };
    const ask = await serve(make(source, false));
    const texts = await Promise.all(Array.from({ length: 5 }, async () => (await ask({ target: '/' })).text));
    expect(new Set(texts).size).toBe(1);
    expect(collected).toBeLessThan(3);
    const before = collected;
    recorder.counter('later').add(123_456);
    expect((await ask({ target: '/' })).text).toContain('123456');
    expect(collected).toBe(before + 1);
  });

  it('answers 500, and throws nothing, where nothing can be collected', async () => {
    const failing = { collect: (): Promise<Snapshot> => Promise.reject(new Error('broken')) };
    const made = make(failing, false);
    const { status, text } = await (await serve(made))({ target: '/' });
    expect([status, text]).toEqual([500, '']);
    expect(made.status()).toMatchObject({ scrapes: 0, broken: 1 });
  });

  it('shows nothing to whoever does not know what opens it, whatever they ask', async () => {
    const access = { path: '/m/secret', user: 'reader', password: 'pass', token: 'tok' };
    const made = make(recorderOf(1), access);
    const ask = await serve(made);
    const right = new Set([basic('reader', 'pass'), 'Bearer tok']);
    const target = fc.oneof(
      fc.constant('/m/secret'),
      fc.constantFrom(
        '/m/secret?name[]=only_for_readers_total',
        '/m/secret/',
        '/m/secre',
        '/m/secretx',
        '//m/secret',
        '/M/SECRET',
        '/',
        '/m/%73ecret',
      ),
      fc
        .string({ unit: fc.constantFrom('/', 'm', 's', '.', '%', '?', '&', '=', '[', '-'), maxLength: 20 })
        .map((text) => `/${text}`),
    );
    const authorization = fc.oneof(
      fc.constantFrom(...right),
      fc.constantFrom(
        basic('reader', ''),
        basic('', 'pass'),
        basic('reader', 'pas'),
        basic('reader', 'passx'),
        basic('READER', 'pass'),
      ),
      fc.constantFrom(
        'Bearer to',
        'Bearer tokk',
        'Bearer',
        'Basic',
        'Basic tok',
        'tok',
        '',
        ' ',
        'Bearer tok, Bearer x',
        'Digest tok',
      ),
      fc.string({
        unit: fc.constantFrom('B', 'a', 's', 'i', 'c', ' ', '=', 't', 'o', 'k', 'é'),
        maxLength: 30,
      }),
    );
    const method = fc.oneof(
      fc.constant('GET'),
      fc.constantFrom('HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE', 'PROPFIND'),
    );
    const extra = fc.dictionary(
      fc.constantFrom(
        'accept',
        'accept-encoding',
        'x-forwarded-for',
        'x-original-url',
        'cookie',
        'range',
        'if-none-match',
      ),
      fc.string({
        unit: fc.constantFrom(
          '*',
          '/',
          ';',
          'q',
          '=',
          '0',
          ',',
          'gzip',
          'text',
          'application/openmetrics-text',
          ' ',
          '"',
        ),
        maxLength: 12,
      }),
    );
    await fc.assert(
      fc.asyncProperty(method, target, authorization, extra, async (method, target, authorization, extra) => {
        const { status, text } = await ask({ method, target, headers: { ...extra, authorization } });
        const path = new URL(`http://localhost${target}`).pathname;
        // Node's server sees the target as it was sent; fetch's convention has it normalized before.
        const known =
          target.split('?')[0] === access.path || (name.endsWith('fetch') && path === access.path);
        const opened = known && right.has(authorization.trim());
        const expected = method !== 'GET' && method !== 'HEAD' ? 405 : !known ? 404 : opened ? 200 : 401;
        expect([status, text.includes(marker)]).toEqual([expected, expected === 200 && method === 'GET']);
      }),
      { seed, numRuns: 300 },
    );
    expect(made.status().broken).toBe(0);
  });
});

describe.each(backends)('%s behind a socket', (_, make) => {
  /** Writes to a socket, and gives what comes back: until `enough`, or, with nothing more to come, to the end. */
  const exchange = (origin: string, sent: string, enough?: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      let received = '';
      const socket = connect(Number(new URL(origin).port), '127.0.0.1', () =>
        enough === undefined ? socket.end(sent) : socket.write(sent),
      );
      socket.setEncoding('latin1').on('data', (text: string) => {
        received += text;
        if (enough?.test(received)) socket.destroy();
      });
      socket.once('error', reject);
      socket.once('close', () => resolve(received));
    });

  it('does not wait for bodies, nor read them', async () => {
    const origin = await listen(make(recorderOf(1), false).handler);
    for (const method of ['GET', 'POST']) {
      const text = await exchange(
        origin,
        `${method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc`,
        /\r\n\r\n(0\r\n|$)|\r\n0\r\n/,
      );
      expect(text).toMatch(
        method === 'GET'
          ? /^HTTP\/1.1 200[\s\S]*connection: close/i
          : /^HTTP\/1.1 405[\s\S]*connection: close/i,
      );
    }
  });

  it('stops writing when the reader goes, and counts it', async () => {
    const made = make(recorderOf(50_000), false);
    const origin = await listen(made.handler);
    await exchange(origin, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', /./);
    await expect.poll(() => made.status()).toMatchObject({ broken: 1, scrapes: 0 });
    await exchange(origin, 'GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n', /./);
    await expect.poll(() => made.status().broken + made.status().scrapes).toBe(2);
  });

  it('leaves no handle, and throws nothing, after requests that are none', async () => {
    const made = make(recorderOf(1), {});
    const origin = await listen(made.handler);
    const line = fc.string({
      unit: fc.constantFrom(
        'GET',
        ' ',
        '/',
        'HTTP/1.1',
        '\r\n',
        ':',
        'Host',
        'x',
        '\0',
        'é',
        '%',
        'Authorization',
        'Basic',
      ),
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(line, async (text) => {
        const received = await exchange(origin, `${text}\r\n\r\n`);
        expect(received).not.toContain(marker);
      }),
      { seed, numRuns: 100 },
    );
    const server = servers.at(-1) as Server;
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))))
      .toBe(0);
  });

  it('reads the whole path where a framework has taken its beginning off', async () => {
    const made = make(recorderOf(1), { path: '/metrics/abc', token: 't' });
    const origin = await listen((request, response) => {
      Object.assign(request, { originalUrl: request.url, url: '/' });
      return made.handler(request, response);
    });
    const text = async (path: string): Promise<number> =>
      (await fetch(origin + path, { headers: { authorization: 'Bearer t' } })).status;
    expect(await text('/metrics/abc')).toBe(200);
    expect(await text('/metrics')).toBe(404);
  });

  it('never rejects where the host has answered already', async () => {
    const made = make(recorderOf(1), false);
    const origin = await listen(async (request, response) => {
      response.writeHead(204, {});
      response.end();
      await made.handler(request, response);
    });
    expect((await fetch(origin)).status).toBe(204);
  });
});
