// What a failure of an HTTP request means in each of its phases: what cannot have left is kept, and counts once.
import { type ChildProcess, spawn } from 'node:child_process';
import dns from 'node:dns';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { Recorder, type SendResult } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { graphite } from 'circmetrics/graphite';
import { statsd } from 'circmetrics/statsd';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchSend } from '../../src/transport/fetch.js';
import { pem } from '../golden/pem.js';
import { freePort, until } from './peers.js';
import { broker, closers, listening } from './secure-broker.js';

afterEach(() => vi.restoreAllMocks());

const path = '/module/httptrap/uuid/secret';
const trapUrl = (port: number, protocol = 'http', host = '127.0.0.1'): string =>
  `${protocol}://${host}:${port}${path}`;

/** A port whose connections are never accepted, so that a SYN gets no answer. */
async function deafPort(): Promise<number> {
  // The server's thread sleeps, and its backlog is full.
  const script = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child: ChildProcess = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closers.push(() => child.kill('SIGKILL'));
  const port = await new Promise<number>((resolve) =>
    child.stdout?.once('data', (text) => resolve(Number(text))),
  );
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  closers.push(() => fillers.forEach((socket) => void socket.destroy()));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return port;
}

/** A server of TCP that does something with each connection. */
async function tcp(peer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  closers.push(() => sockets.forEach((socket) => void socket.destroy()));
  return listening(
    createTcpServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      peer(socket);
    }),
  );
}

/** A server of HTTP, and the bodies it got. */
async function trap(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const bodies: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    answer(request, response, body);
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: trapUrl(port), bodies, server, sockets };
}

async function send(options: Parameters<typeof circonus>[0], timeout = 300): Promise<SendResult> {
  const backend = circonus({ temporality: 'delta', ...options });
  closers.push(() => backend.close?.());
  return backend.send({ body: '{"c":1}', parts: [] }, AbortSignal.timeout(timeout));
}

const countOf = (body: string): number =>
  Number((JSON.parse(body) as { c?: { _value: string } }).c?._value ?? 0);
const sum = (bodies: readonly string[]): number => bodies.reduce((total, body) => total + countOf(body), 0);
const hour = { every: 3_600_000, timeout: 2000 };

describe('was not sent, and is kept', () => {
  it('where a SYN gets no answer, by HTTP, HTTPS and TCP', async () => {
    const port = await deafPort();
    for (const protocol of ['http', 'https'])
      expect(await send({ url: trapUrl(port, protocol) })).toMatchObject({
        outcome: 'failed',
        code: 'timeout',
      });
    expect(await send({ url: trapUrl(port, 'https'), ca: pem('ca') })).toMatchObject({ outcome: 'failed' });
    const lines = graphite({ port });
    const result = await lines.send({ body: 'c 1 1\n', parts: [] }, AbortSignal.timeout(300));
    expect(result).toMatchObject({ outcome: 'failed', code: 'timeout' });
  });

  it('where a name is still being looked up, by every transport', async () => {
    vi.spyOn(dns, 'lookup').mockImplementation((() => {}) as unknown as typeof dns.lookup);
    for (const protocol of ['http', 'https'])
      expect(await send({ url: trapUrl(1, protocol, 'silent.invalid') })).toMatchObject({
        outcome: 'failed',
        code: 'timeout',
      });
    for (const backend of [
      graphite({ host: 'silent.invalid' }),
      statsd({ host: 'silent.invalid' }),
      statsd({ host: 'silent.invalid', protocol: 'tcp' }),
    ]) {
      const recorder = new Recorder({ onWarning: () => {} });
      recorder.counter('c').add(1);
      const flusher = recorder.flushTo(backend, { every: 3_600_000, timeout: 300 });
      expect(await flusher.flush()).toMatchObject({
        complete: false,
        unknown: 0,
        error: { code: 'timeout' },
      });
    }
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no look-up');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no look-up'))],
  ])("where the host's own look-up %s, by every transport", async (_, lookup) => {
    vi.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
    const host = 'name.localhost';
    const backends = [
      circonus({ url: trapUrl(1, 'http', host), temporality: 'delta' }),
      graphite({ host }),
      statsd({ host }),
    ];
    for (const backend of backends) {
      const result = await backend.send({ body: '{}', parts: [] }, AbortSignal.timeout(1000));
      expect(result).toMatchObject({ outcome: 'failed', message: 'no look-up' });
    }
  });

  it.each([
    ['ends', (socket: Socket) => socket.once('data', () => socket.end()), /^ECONNRESET$/],
    ['is reset', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()), /^ECONNRESET$/],
    ['is reset at once', (socket: Socket) => socket.resetAndDestroy(), /^(ECONNRESET|EPIPE)$/],
    ['meets silence', (socket: Socket) => socket.resume(), /^timeout$/],
    [
      'meets something else',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'),
      /^(EPROTO|ERR_SSL|ECONNRESET)/,
    ],
  ])('where the TLS handshake %s', async (_, peer, code) => {
    const port = await tcp(peer);
    for (const ca of [undefined, pem('ca')]) {
      const result = await send({ url: trapUrl(port, 'https'), ...(ca !== undefined && { ca }) });
      expect(result).toMatchObject({ outcome: 'failed', code: expect.stringMatching(code) });
    }
  });

  it.each(['TLSv1.3', 'TLSv1.2'] as const)(
    'where the server demands a client certificate, by %s',
    async (version) => {
      const { url, seen } = await broker('cn', undefined, {
        requestCert: true,
        rejectUnauthorized: true,
        ca: pem('ca'),
        minVersion: version,
        maxVersion: version,
      });
      for (let i = 0; i < 20; i++) {
        const result = await send({ url: url(), ca: pem('ca') }, 2000);
        expect(result).toMatchObject({
          outcome: 'failed',
          code: expect.stringMatching(/^(EPROTO|ERR_SSL_.*ALERT)/),
        });
        expect(result.message).toMatch(/client certificate/);
      }
      expect(seen.requests).toBe(0);
    },
  );

  it('where the time was up before', async () => {
    const { url, bodies } = await trap((_, response) => response.end('{}'));
    const backend = circonus({ url });
    expect(await backend.send({ body: '{}', parts: [] }, AbortSignal.abort())).toMatchObject({
      outcome: 'failed',
      code: 'timeout',
    });
    expect(bodies).toEqual([]);
  });
});

describe('may have arrived', () => {
  it.each([
    ['is reset after the body', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['ends without an answer', (socket: Socket) => socket.once('data', () => socket.end())],
    ['meets silence', (socket: Socket) => socket.resume()],
    ['gets half an answer', (socket: Socket) => socket.once('data', () => socket.end('HTTP/1.1 20'))],
    ['gets garbage', (socket: Socket) => socket.once('data', () => socket.end('\0\0\0\r\n\r\n'))],
    [
      'is asked to change its protocol',
      (socket: Socket) =>
        socket.once('data', () =>
          socket.end('HTTP/1.1 101 Other\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
        ),
    ],
  ])('where the request %s', async (_, peer) => {
    expect(await send({ url: trapUrl(await tcp(peer)) })).toMatchObject({ outcome: 'unknown' });
  });

  it.each([
    [502, '<html>Bad Gateway</html>'],
    [504, ''],
    [503, 'upstream connect error or disconnect/reset before headers. reset reason: connection termination'],
    [520, ''],
    [524, ''],
  ])('where a proxy says %i, whose upstream may have taken the body', async (status, text) => {
    const { url } = await trap((_, response) => response.writeHead(status).end(text));
    expect(await send({ url })).toMatchObject({ outcome: 'unknown', code: String(status) });
  });

  it.each([429, 500, 503])('but not where a server says %i', async (status) => {
    const { url } = await trap((_, response) => response.writeHead(status).end('{"error":"later"}'));
    expect(await send({ url })).toMatchObject({ outcome: 'failed', code: String(status) });
  });
});

/** A proxy before a trap. It says 502 where the trap is down, or answers with nothing although it took the body. */
async function proxied() {
  const taken: string[] = [];
  let state: 'up' | 'down' | 'takes and breaks' = 'up';
  const upstream = await trap((_, response, body) => {
    if (state !== 'down') taken.push(body);
    if (state === 'up') response.end('{"stats":1}');
    else response.destroy();
  });
  const proxy = await trap((request, response, body) => {
    const forward = httpRequest(
      { port: upstream.port, host: '127.0.0.1', method: 'PUT', path: request.url, agent: false },
      (reply) => {
        response.writeHead(reply.statusCode ?? 500);
        reply.pipe(response);
      },
    );
    forward.on('error', () => response.writeHead(502).end('bad gateway'));
    forward.end(body);
  });
  return { url: proxy.url, taken, bodies: proxy.bodies, set: (to: typeof state) => (state = to) };
}

describe('a proxy that answers 502', () => {
  it('counts nothing twice where its upstream took the body', async () => {
    const proxy = await proxied();
    const recorder = new Recorder({ onWarning: () => {} });
    const counter = recorder.counter('c');
    const flusher = recorder.flushTo(circonus({ url: proxy.url, temporality: 'delta' }), hour);
    for (const state of ['up', 'takes and breaks', 'up'] as const) {
      proxy.set(state);
      counter.add(100);
      await flusher.flush();
    }
    expect(sum(proxy.taken)).toBe(300);
    expect(flusher.status()).toMatchObject({ pending: 0, totals: { unknown: 1 } });
  });

  it.each(['drop', 'resend'] as const)(
    'costs one payload at most however long its upstream is down: %s',
    async (onUnknown) => {
      const proxy = await proxied();
      const recorder = new Recorder({ onWarning: () => {} });
      const counter = recorder.counter('c');
      const flusher = recorder.flushTo(circonus({ url: proxy.url, temporality: 'delta' }), {
        ...hour,
        onUnknown,
        retries: 1,
      });
      proxy.set('down');
      for (let pass = 0; pass < 9; pass++) {
        counter.add(100);
        const report = await flusher.flush();
        expect(report).toMatchObject({ complete: false, unknown: pass === 0 ? 1 : 0 });
      }
      proxy.set('up');
      counter.add(100);
      expect(await flusher.flush()).toMatchObject({ complete: true, payloads: 1, pending: 0 });
      expect(sum(proxy.taken)).toBe(onUnknown === 'drop' ? 900 : 1000);
      // All but the first payload and the last were empty ones, which the trap takes as well.
      expect(proxy.bodies.map(countOf).filter((count) => count > 0)).toHaveLength(2);
      expect(proxy.taken[0]).toBe('{}');
    },
  );

  it('is asked again after any other payload that may have arrived, but not where totals are sent', async () => {
    let silent = true;
    const { url, bodies } = await trap((request, response) => {
      if (silent) request.socket.destroy();
      else response.end('{}');
    });
    const recorder = new Recorder({ onWarning: () => {} });
    recorder.counter('c').add(1);
    const delta = recorder.flushTo(circonus({ url, temporality: 'delta' }), hour);
    const totals = recorder.flushTo(circonus({ url }), { ...hour, retries: 0 });
    for (const flusher of [delta, totals])
      expect(await flusher.flush()).toMatchObject({ complete: false, unknown: 1 });
    silent = false;
    bodies.length = 0;
    recorder.counter('c').add(1);
    for (const flusher of [delta, totals]) expect(await flusher.flush()).toMatchObject({ complete: true });
    expect(bodies.map(countOf)).toEqual([0, 1, 2]);
  });
});

describe('connections', () => {
  it('are each for one payload of differences, so that a server that ends idle ones takes nothing along', async () => {
    let requests = 0;
    // As a server does that ends a connection which was idle: at the moment that the next request comes.
    const { url, sockets } = await trap((request, response) => {
      requests++;
      response.end('{}');
      request.socket.once('data', () => request.socket.destroy());
    });
    const recorder = new Recorder({ onWarning: () => {} });
    const counters = recorder.counter('c', { tagNames: ['n'] });
    for (let n = 0; n < 20; n++) counters.with({ n }).add();
    const backend = circonus({ url, temporality: 'delta', maxPayloadBytes: 200 });
    const flusher = recorder.flushTo(backend, hour);
    expect(await flusher.flush()).toMatchObject({ complete: true, unknown: 0 });
    counters.with({ n: 0 }).add();
    expect(await flusher.flush()).toMatchObject({ complete: true, unknown: 0 });
    expect(requests).toBeGreaterThan(5);
    expect(sockets.size).toBe(requests);
  });

  it('are asked to be closed where there is only fetch', async () => {
    const asked: (string | undefined)[] = [];
    const { url, sockets } = await trap((request, response) => {
      asked.push(request.headers.connection);
      response.end('{}');
    });
    const judge = (): SendResult => ({ outcome: 'delivered' });
    const request = { url, method: 'PUT', headers: {}, body: '{}', gzip: false } as const;
    for (let i = 0; i < 3; i++)
      expect(await fetchSend(request, AbortSignal.timeout(2000), judge)).toEqual({ outcome: 'delivered' });
    expect(asked).toEqual(['close', 'close', 'close']);
    expect(sockets.size).toBe(3);
  });

  it.each(['delta', 'cumulative'] as const)(
    'are not cut off where a server says yes before it has read all of %s',
    async (temporality) => {
      const body = 'x'.repeat(2 ** 24);
      let read = 0;
      const port = await tcp((socket) => {
        socket.once('data', (chunk) => {
          read += chunk.length;
          socket.pause().write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
          socket.on('data', (more) => (read += more.length));
          setTimeout(() => socket.resume(), 50);
        });
      });
      const headers = { 'content-encoding': 'identity' };
      const backend = circonus({ url: trapUrl(port), temporality, headers, maxPayloadBytes: 2 ** 26 });
      closers.push(() => backend.close?.());
      expect(await backend.send({ body, parts: [] }, AbortSignal.timeout(5000))).toMatchObject({
        outcome: 'delivered',
      });
      await until('the whole body', () => read > body.length, 5);
    },
  );

  it.each([
    ['resets', (socket: Socket) => setTimeout(() => socket.resetAndDestroy(), 20)],
    ['reads no further', () => {}],
  ])('that break off before the body has left prove nothing: the server says yes and %s', async (_, then) => {
    const port = await tcp((socket) => {
      socket.once('data', () => {
        socket.pause().write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        then(socket);
      });
    });
    const headers = { 'content-encoding': 'identity' };
    const backend = circonus({
      url: trapUrl(port),
      temporality: 'delta',
      headers,
      maxPayloadBytes: 2 ** 26,
    });
    const payload = { body: 'x'.repeat(2 ** 25), parts: [] };
    expect(await backend.send(payload, AbortSignal.timeout(1000))).toMatchObject({ outcome: 'unknown' });
  });

  it('leave nothing behind where a server answers before it has read all', async () => {
    const port = await tcp((socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Large\r\ncontent-length: 0\r\n\r\n');
      });
    });
    const backend = circonus({
      url: trapUrl(port),
      headers: { 'content-encoding': 'identity' },
      maxPayloadBytes: 2 ** 26,
    });
    const body = 'x'.repeat(2 ** 25);
    const before = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    expect(await backend.send({ body, parts: [] }, AbortSignal.timeout(5000))).toMatchObject({
      outcome: 'rejected',
      code: '413',
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    expect(after - before).toBeLessThanOrEqual(1);
  });

  it('has nobody to tell of a port that is refused', async () => {
    expect(await send({ url: trapUrl(await freePort()) })).toMatchObject({
      outcome: 'failed',
      code: 'ECONNREFUSED',
    });
  });
});
