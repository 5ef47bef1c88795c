// What all HTTP transports share: names in certificates, errors, replies, compression.
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { judge } from '../../src/backends/circonus/judge.js';
import { failure } from '../../src/transport/failure.js';
import { fetchSend } from '../../src/transport/fetch.js';
import { compressed } from '../../src/transport/gzip.js';
import { hostOf, identityError } from '../../src/transport/identity.js';
import { readReply } from '../../src/transport/reply.js';
import type { HttpRequest } from '../../src/transport/request.js';

describe('the names in a certificate', () => {
  const accepts = (url: string, CN: string | string[] | undefined, subjectaltname?: string): boolean => {
    const certificate = { subject: { CN }, subjectaltname } as PeerCertificate;
    return identityError(hostOf(new URL(url)), certificate, checkServerIdentity) === undefined;
  };

  it.each([
    ['https://broker.example.com', 'broker.example.com'],
    ['https://Broker.Example.com.:43191/x', 'BROKER.example.COM'],
    ['https://broker.example.com', '*.example.com'],
    ['https://broker.example.com', ['other', 'broker.example.com']],
    ['https://10.1.2.3', '10.1.2.3'],
    ['https://[2001:db8::1]', '2001:DB8:0:0:0:0:0:1'],
    ['https://[::1]', '::1'],
    ['https://localhost', 'localhost'],
    ['https://bücher.example.com', 'xn--bcher-kva.example.com'],
  ])('%s is named by the CN %s', (url, CN) => {
    expect(accepts(url, CN)).toBe(true);
  });

  it.each([
    ['https://broker.example.com', 'example.com'],
    ['https://broker.example.com', 'broker.example.org'],
    ['https://broker.example.com', 'xbroker.example.com'],
    ['https://broker.example.com', 'broker.example.com.evil.org'],
    ['https://broker.example.com', 'broker.example.com\0.evil.org'],
    ['https://broker.example.com', 'b*.example.com'],
    ['https://broker.example.com', 'broker.*.com'],
    ['https://broker.example.com', '*'],
    ['https://broker.example.com', ''],
    ['https://broker.example.com', undefined],
    ['https://broker.example.com', []],
    ['https://a.broker.example.com', '*.example.com'],
    ['https://example.com', '*.example.com'],
    ['https://example.com', '*.com'],
    ['https://localhost', '*'],
    ['https://10.1.2.3', '*.1.2.3'],
    ['https://10.1.2.3', '10.1.2.4'],
    ['https://10.1.2.3', '10.1.515'],
    ['https://[::1]', '::2'],
    ['https://[::1]', '1'],
    ['https://[::1]', ']:['],
  ])('%s is not named by the CN %j', (url, CN) => {
    expect(accepts(url, CN)).toBe(false);
  });

  it('are those of the SAN alone, where there is one', () => {
    const url = 'https://broker.example.com';
    expect(accepts(url, 'other', 'DNS:broker.example.com')).toBe(true);
    expect(accepts('https://10.1.2.3', 'other', 'DNS:x, IP Address:10.1.2.3')).toBe(true);
    for (const san of ['DNS:other.example.com', 'IP Address:10.1.2.3', 'email:a@example.com', 'URI:x', '']) {
      expect(accepts(url, 'broker.example.com', san)).toBe(false);
    }
    expect(accepts('https://10.1.2.3', '10.1.2.3', 'DNS:10.1.2.3')).toBe(false);
  });
});

describe('an error of a request', () => {
  const idle = new AbortController().signal;
  const error = (code: string | undefined, message = 'why'): Error => {
    const cause = Object.assign(new Error(message), code === undefined ? {} : { code });
    return new TypeError('fetch failed', { cause });
  };

  it.each([
    ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
    ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'INVALID_PURPOSE', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('of code %s means that nothing was sent', (code) => {
    expect(failure(error(code), idle)).toMatchObject({
      outcome: 'failed',
      code,
      message: expect.stringContaining('why'),
    });
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'HPE_INVALID_CONSTANT', undefined])(
    'of code %s says nothing, unless it is known whether the request began',
    (code) => {
      expect(failure(error(code), idle).outcome).toBe('unknown');
      expect(failure(error(code), idle, true).outcome).toBe('unknown');
      expect(failure(error(code), idle, false).outcome).toBe('failed');
    },
  );

  it('of a port that fetch refuses to connect to means that nothing was sent', async () => {
    const request = {
      url: 'http://127.0.0.1:1/',
      method: 'PUT',
      headers: {},
      body: 'x',
      gzip: false,
    } as const;
    expect(await fetchSend(request, idle, () => ({ outcome: 'delivered' }))).toEqual({
      outcome: 'failed',
      code: 'fetch',
      message: 'bad port',
    });
    // Other words without a code say nothing.
    expect(failure(error(undefined, 'a bad port indeed'), idle).outcome).toBe('unknown');
  });

  it('has the words of all addresses that were tried', () => {
    const errors = [new Error('no ::1'), new Error('no 127.0.0.1')];
    const all = Object.assign(new AggregateError(errors, ''), { code: 'ECONNREFUSED' });
    expect(failure(all, idle).message).toBe('no ::1; no 127.0.0.1');
  });
});

describe('a reply', () => {
  async function* body(...texts: string[]): AsyncGenerator<Uint8Array> {
    for (const text of texts) yield new TextEncoder().encode(text);
  }
  const read = (headers: Record<string, string>, chunks = body()) =>
    readReply(429, (name) => headers[name], chunks);

  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 3 ', 3000],
    ['99999999999999999999', 3_600_000],
    ['Wed, 21 Oct 2026 07:28:30 GMT', 30_000],
    ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
    ['Wed, 21 Oct 2099 07:28:00 GMT', 3_600_000],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['soon GMT', undefined],
    ['', undefined],
  ])('with retry-after %j asks to wait %s ms', async (after, wait) => {
    const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
    expect((await read({ 'retry-after': after, date })).retryAfter).toBe(wait);
  });

  it('measures a date from now where the server has no clock', async () => {
    const after = new Date(Date.now() + 60_000).toUTCString();
    const { retryAfter } = await read({ 'retry-after': after });
    expect(retryAfter).toBeGreaterThan(50_000);
    expect(retryAfter).toBeLessThanOrEqual(60_000);
    expect((await read({})).retryAfter).toBeUndefined();
  });

  it('is read up to 64 KiB, and characters across chunks', async () => {
    const bytes = new TextEncoder().encode('grüß');
    const halves = (async function* () {
      yield bytes.slice(0, 3);
      yield bytes.slice(3);
    })();
    expect((await read({}, halves)).text).toBe('grüß');
    expect((await read({}, body('x'.repeat(40_000), 'y'.repeat(40_000), 'z'))).text).toBe(
      'x'.repeat(40_000) + 'y'.repeat(25_536),
    );
    const broken = (async function* () {
      yield bytes;
      throw new Error('reset');
    })();
    expect((await read({}, broken)).text).toBe('');
  });
});

describe("the trap's answer", () => {
  const text = '{"error":"its own words"}';
  it.each([
    [403, 'rejected', "the server answered 403 (the secret in the url is not the check's): its own words"],
    [
      404,
      'failed',
      'the server answered 404 (the check has moved or is gone, or the url is wrong): its own words',
    ],
    [
      406,
      'rejected',
      'the server answered 406 (the body cannot be read; parts of it may have been taken): its own words',
    ],
    [413, 'rejected', 'the server answered 413 (the body is too large; see maxPayloadBytes): its own words'],
    [429, 'failed', 'the server answered 429 (too many requests): its own words'],
    [400, 'rejected', 'the server answered 400: its own words'],
    [302, 'failed', 'the server answered 302: its own words'],
    [500, 'failed', 'the server answered 500: its own words'],
    [503, 'failed', 'the server answered 503: its own words'],
  ])('%i is %s', (status, outcome, message) => {
    expect(judge({ status, text, retryAfter: 5000 })).toEqual({
      outcome,
      code: String(status),
      message,
      reply: { error: 'its own words' },
      ...(outcome === 'failed' && { retryAfter: 5000 }),
    });
  });

  it('is taken without a body, or with one that is something else', () => {
    for (const other of ['', '<html>', 'null', '7']) {
      expect(judge({ status: 204, text: other, retryAfter: undefined }).outcome).toBe('delivered');
      expect(judge({ status: 502, text: other, retryAfter: undefined })).toMatchObject({ code: '502' });
    }
  });
});

describe('a body', () => {
  const request = (body: string | Uint8Array, headers: Record<string, string> = {}): HttpRequest => ({
    url: 'https://broker',
    method: 'PUT',
    headers,
    body,
    gzip: true,
  });

  it('is compressed from 1,025 bytes on', async () => {
    const small = request('x'.repeat(1024));
    expect(await compressed(small)).toBe(small);
    // Bytes count, not characters.
    for (const body of ['x'.repeat(1025), 'ü'.repeat(513), new Uint8Array(5000).fill(120)]) {
      const { headers, body: packed } = await compressed(request(body, { a: 'b' }));
      expect(headers).toEqual({ a: 'b', 'content-encoding': 'gzip' });
      expect(gunzipSync(packed as Uint8Array)).toEqual(Buffer.from(body as string));
      expect(packed.length).toBeLessThan(100);
    }
  });

  it('is left as it is where the server or the host says so, and where nothing can compress', async () => {
    const decided = request('x'.repeat(2000), { 'content-encoding': 'identity' });
    expect(await compressed(decided)).toBe(decided);
    const large = request('x'.repeat(2000));
    const unread = { ...large, gzip: false };
    expect(await compressed(unread)).toBe(unread);
    for (const replacement of [undefined, class {}]) {
      vi.stubGlobal('CompressionStream', replacement);
      expect(await compressed(large)).toBe(large);
    }
    vi.unstubAllGlobals();
  });
});
