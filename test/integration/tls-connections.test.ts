// Connections to brokers with a CA of their own: what their failures mean, and how long they are kept.
import type { ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { SendResult } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { describe, expect, it } from 'vitest';
import { freePort, until } from './peers.js';
import { type Answer, broker, ca, closers, listening, ok, urlOf } from './secure-broker.js';

/** A server that knows no TLS: says something, nothing, or hangs up. */
async function deaf(words: string | null): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  closers.push(() => sockets.forEach((socket) => void socket.destroy()));
  return listening(
    createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      if (words === null) socket.once('data', () => socket.destroy());
      else socket.write(words);
    }),
  );
}

/** One send to a broker, with its own time. */
async function send(url: string, timeout = 5000, body = '{}'): Promise<SendResult> {
  const backend = circonus({ url, ca });
  closers.push(() => backend.close?.());
  return backend.send({ body, parts: [] }, AbortSignal.timeout(timeout));
}

describe('what fails on the way', () => {
  it.each([
    ['nobody listens', async () => urlOf(await freePort()), /^ECONNREFUSED$/],
    ['nobody knows the name', async () => urlOf(1, 'broker.invalid'), /^(ENOTFOUND|EAI_AGAIN)$/],
    [
      'the server speaks no TLS',
      async () => urlOf(await deaf('HTTP/1.1 200 OK\r\n\r\n')),
      /^(EPROTO|ERR_SSL)/,
    ],
    ['the server hangs up during the handshake', async () => urlOf(await deaf(null)), /^ECONNRESET$/],
    ['the handshake has no end', async () => urlOf(await deaf('')), /^timeout$/],
  ])('was not sent: %s', async (_, url, code) => {
    const result = await send(await url(), code.test('timeout') ? 400 : 15_000);
    expect(result).toMatchObject({ outcome: 'failed', code: expect.stringMatching(code) });
    expect(result.message).not.toBe('');
  });

  it('was not sent: the time was up before', async () => {
    const { url, seen } = await broker('cn');
    const backend = circonus({ url: url(), ca });
    const result = await backend.send({ body: '{}', parts: [] }, AbortSignal.abort());
    expect(result).toMatchObject({ outcome: 'failed', code: 'timeout' });
    expect(seen.connections).toBe(0);
  });

  it.each([
    ['no answer comes', 'timeout', () => {}],
    [
      'the connection is reset amid the body',
      'ECONNRESET',
      (request) => request.once('data', () => request.socket.destroy()),
    ],
    [
      'the connection ends without an answer',
      'ECONNRESET',
      (request) => request.resume().on('end', () => request.socket.end()),
    ],
  ] satisfies [string, string, Answer][])('may have arrived: %s', async (_, code, answer) => {
    const { url } = await broker('cn', answer);
    expect(await send(url(), 1000, ' '.repeat(100))).toMatchObject({ outcome: 'unknown', code });
  });

  it('may have arrived: the connection is reset that was kept from the payload before', async () => {
    let requests = 0;
    const { url, seen } = await broker('cn', (request, response) => {
      if (requests++ === 0) ok(request, response);
      else request.socket.destroy();
    });
    const backend = circonus({ url: url(), ca });
    closers.push(() => backend.close?.());
    const payload = { body: '{}', parts: [] };
    const outcomes = [];
    for (let i = 0; i < 2; i++)
      outcomes.push((await backend.send(payload, AbortSignal.timeout(5000))).outcome);
    expect(outcomes).toEqual(['delivered', 'unknown']);
    expect(seen).toMatchObject({ connections: 1, requests: 2 });
  });

  it('has arrived, if the status says so: the answer breaks off, or has no end', async () => {
    const begin = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"stats":');
    };
    const breaks = await broker('cn', (request, response) => {
      begin(response);
      setTimeout(() => request.socket.destroy(), 50);
    });
    expect(await send(breaks.url())).toEqual({ outcome: 'delivered' });
    const hangs = await broker('cn', (_, response) => begin(response));
    expect(await send(hangs.url(), 300)).toEqual({ outcome: 'delivered' });
    const floods = await broker('cn', (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    const begun = performance.now();
    expect(await send(floods.url(), 15_000)).toEqual({ outcome: 'delivered' });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('is told by the server before it has read all of the body', async () => {
    const { url } = await broker('cn', (request, response) => {
      response.writeHead(413, { connection: 'close' }).end();
      request.once('data', () => request.socket.destroySoon());
    });
    const result = await send(url(), 5000, '{}');
    expect(result).toMatchObject({ outcome: 'rejected', code: '413' });
  });

  it('waits as long as the server asks', async () => {
    const { url } = await broker('cn', (_, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end(),
    );
    expect(await send(url())).toMatchObject({ outcome: 'failed', code: '429', retryAfter: 7000 });
  });
});

describe('connections', () => {
  it('serve the payloads of a pass, and end soon after it, or with the flusher', async () => {
    const { url, seen } = await broker('cn');
    const backend = circonus({ url: url(), ca });
    const payload = { body: '{}', parts: [] };
    for (let i = 0; i < 3; i++) await backend.send(payload, AbortSignal.timeout(5000));
    expect(seen).toEqual({ connections: 1, open: 1, requests: 3 });
    await until('the end of an idle connection', () => seen.open === 0);
    await backend.send(payload, AbortSignal.timeout(5000));
    expect(seen).toMatchObject({ connections: 2, requests: 4 });
    await backend.close?.();
    await backend.send(payload, AbortSignal.timeout(5000));
    expect(seen).toMatchObject({ connections: 3, requests: 5 });
    await backend.close?.();
  });

  it('are left to the server to end', async () => {
    const { url, seen } = await broker('cn', (request, response) => {
      response.setHeader('connection', 'close');
      ok(request, response);
    });
    const backend = circonus({ url: url(), ca });
    for (let i = 0; i < 3; i++) {
      const { outcome } = await backend.send({ body: '{}', parts: [] }, AbortSignal.timeout(5000));
      expect(outcome).toBe('delivered');
    }
    expect(seen.connections).toBe(3);
  });
});
