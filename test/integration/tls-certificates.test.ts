// Brokers with a CA of their own: which ones are believed, by real handshakes with the certificates of test/golden/tls.
import { MetricsError, Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pem } from '../golden/pem.js';
import { until } from './peers.js';
import { broker, ca, closers, ok } from './secure-broker.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

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
