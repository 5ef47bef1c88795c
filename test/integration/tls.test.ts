// Brokers with a CA of their own: real handshakes with the certificates of test/golden/tls.
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { MetricsError, Recorder, type SendResult } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort, until } from './peers.js';

const pem = (name: string): string =>
  readFileSync(new URL(`../golden/tls/${name}.pem`, import.meta.url), 'utf8');
const ca = pem('ca');
const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const ok: Answer = (request, response) => {
  request.resume().on('end', () => response.end('{"stats":1,"filtered":0}'));
};

async function listening(server: Server | TcpServer): Promise<number> {
  // Both of the addresses that localhost may stand for.
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A broker with a certificate of test/golden/tls; how many connections and requests it has had. */
async function broker(certificate: string, answer: Answer = ok, options: ServerOptions = {}) {
  const seen = { connections: 0, open: 0, requests: 0 };
  const server = createServer(
    { key: pem('key'), cert: pem(certificate), ...options },
    (request, response) => {
      seen.requests++;
      answer(request, response);
    },
  );
  server.on('connection', (socket) => {
    seen.connections++;
    seen.open++;
    socket.on('close', () => seen.open--);
  });
  closers.push(() => server.closeAllConnections());
  const port = await listening(server);
  return { url: (host = 'localhost') => urlOf(port, host), seen };
}

const urlOf = (port: number, host = 'localhost'): string =>
  `https://${host}:${port}/module/httptrap/uuid/secret`;

/** What becomes of one pass of differences with one counter in it, as the flusher tells it. */
async function pass(options: Parameters<typeof circonus>[0]) {
  const warnings: string[] = [];
  const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
  closers.push(() => recorder.close());
  recorder.counter('c').add(3);
  const backend = circonus({ temporality: 'delta', ...options });
  const flusher = recorder.flushTo(backend, { every: 3_600_000, timeout: 5000 });
  const { complete } = await flusher.flush();
  const { lastError, pending, totals, reply } = flusher.status();
  return { complete, lastError, pending, unknown: totals.unknown, reply, warnings };
}

/** One send to a broker, with its own time. */
async function send(url: string, timeout = 5000, body = '{}'): Promise<SendResult> {
  const backend = circonus({ url, ca });
  closers.push(() => backend.close?.());
  return backend.send({ body, parts: [] }, AbortSignal.timeout(timeout));
}

describe('a broker is accepted', () => {
  it.each([
    ['by the CN of a certificate without SAN', 'cn', 'localhost', ca],
    ['by the CN, where that is an address', 'cn-ip', '127.0.0.1', ca],
    ['by the SAN, whatever the CN is', 'san', 'localhost', ca],
    ['if one of several CAs has issued it', 'cn', 'localhost', [pem('other-ca'), ca]],
    ['if one of several CAs in one text has issued it', 'cn', 'localhost', pem('other-ca') + ca],
    ['if its own certificate is given as the CA', 'self-signed', 'localhost', pem('self-signed')],
  ])('%s', async (_, certificate, host, trusted) => {
    const { url, seen } = await broker(certificate);
    const done = await pass({ url: url(host), ca: trusted });
    expect(done).toMatchObject({ complete: true, lastError: undefined, reply: { stats: 1, filtered: 0 } });
    expect(seen.requests).toBe(1);
  });
});

describe('a broker is refused before anything is sent', () => {
  const name = 'ERR_TLS_CERT_ALTNAME_INVALID';
  const is = "the server's certificate is";
  it.each([
    ['wrong-cn', 'localhost', name, `${is} for CN:broker.example.com, not for localhost`],
    ['cn', '127.0.0.1', name, `${is} for CN:localhost, not for 127.0.0.1`],
    ['cn-ip', 'localhost', name, `${is} for CN:127.0.0.1, not for localhost`],
    ['wrong-san', 'localhost', name, `${is} for DNS:broker.example.com, not for localhost`],
    ['wrong-san-ip', 'localhost', name, `${is} for IP Address:192.0.2.1, not for localhost`],
    ['wrong-san-ip', '127.0.0.1', name, `${is} for IP Address:192.0.2.1, not for 127.0.0.1`],
    ['other-issuer', 'localhost', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', `${is} not from a CA that is trusted`],
    ['self-signed', 'localhost', 'DEPTH_ZERO_SELF_SIGNED_CERT', `${is} not from a CA that is trusted`],
    ['expired', 'localhost', 'CERT_HAS_EXPIRED', `${is} refused: certificate has expired`],
  ])('%s at %s', async (certificate, host, code, words) => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { url, seen } = await broker(certificate, ok, { maxVersion });
      const { lastError, pending, unknown, warnings } = await pass({ url: url(host), ca });
      expect(lastError?.code).toBe(code);
      expect(lastError?.message).toContain(words);
      expect(warnings.join()).toContain(words);
      expect({ pending, unknown }).toEqual({ pending: 1, unknown: 0 });
      await until('the end of the connection', () => seen.connections > 0 && seen.open === 0);
      expect(seen.requests).toBe(0);
    }
  });

  it('each time anew, though it has been talked to before', async () => {
    const { url, seen } = await broker('wrong-cn', ok, { maxVersion: 'TLSv1.2' });
    const backend = circonus({ url: url(), ca });
    for (let i = 0; i < 3; i++) {
      const { outcome, code } = await backend.send({ body: '{}', parts: [] }, AbortSignal.timeout(5000));
      expect([outcome, code]).toEqual(['failed', name]);
    }
    expect(seen.requests).toBe(0);
  });

  it('whatever the environment and the header host say', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const other = await broker('other-issuer');
    expect((await pass({ url: other.url(), ca })).lastError?.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    const wrong = await broker('wrong-cn');
    const headers = { host: 'broker.example.com' };
    expect((await pass({ url: wrong.url(), ca, headers })).lastError?.code).toBe(name);
    expect([other.seen.requests, wrong.seen.requests]).toEqual([0, 0]);
  });

  it('where no CA is given', async () => {
    const { url, seen } = await broker('cn');
    const { lastError, pending } = await pass({ url: url() });
    expect(lastError?.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(lastError?.message).toContain("the server's certificate is not from a CA that is trusted");
    expect([pending, seen.requests]).toEqual([1, 0]);
  });
});

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

describe('the option ca', () => {
  const url = 'https://broker:43191/module/httptrap/u/s';
  const refusal = (options: object): unknown => {
    try {
      return circonus(options as Parameters<typeof circonus>[0]);
    } catch (error) {
      return error instanceof MetricsError ? `${error.code}: ${error.message}` : error;
    }
  };

  it.each([
    ['a path', '/etc/broker.pem'],
    ['a key', pem('key')],
    ['nothing', ''],
    ['no text', [ca, '']],
    ['an empty list', []],
    ['bytes', Buffer.from(ca)],
    ['half a certificate', ca.slice(0, 300)],
    ['no base64', ca.replace(/MI\w+/, '????')],
    ['null', null],
  ])('refuses %s', (_, wrong) => {
    expect(refusal({ url, ca: wrong })).toMatch(
      /^invalid_option: circonus: ca must be certificates in PEM, such as/,
    );
  });

  it('needs https', () => {
    expect(refusal({ url: url.replace('https', 'http'), ca })).toBe(
      'invalid_option: circonus: with ca, url must be an https URL, not "http:".',
    );
  });

  it('fails clearly where it is PEM, but no certificate', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n';
    const { url: at, seen } = await broker('cn');
    const { lastError, pending } = await pass({ url: at(), ca: broken });
    expect([pending, seen.requests]).toEqual([1, 0]);
    // OpenSSL passes over what it cannot read, and is left with no CA at all.
    expect(lastError?.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
});

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
