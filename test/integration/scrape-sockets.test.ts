// What happens to pull backends behind sockets: bodies, readers that go, requests that are none, frameworks.
import type { Server } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { backends, listen, marker, recorderOf, servers } from './endpoints.js';

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
