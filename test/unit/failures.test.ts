// What errors and statuses mean for a payload: whether it can have arrived, and in which words that is told.
import { describe, expect, it } from 'vitest';
import { judgeStatus } from '../../src/backends/push/status.js';
import { failure, late } from '../../src/transport/failure.js';

const idle = new AbortController().signal;
const withCode = (code: string | undefined, message: string): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('an error', () => {
  it.each([
    ...[
      'ECONNREFUSED',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EAI_FAIL',
      'EMFILE',
      'ENFILE',
      'EHOSTUNREACH',
      'EHOSTDOWN',
    ],
    ...[
      'ENETUNREACH',
      'ENETDOWN',
      'EACCES',
      'EADDRNOTAVAIL',
      'UND_ERR_CONNECT_TIMEOUT',
      'UND_ERR_INVALID_ARG',
    ],
    ...['ERR_TLS_HANDSHAKE_TIMEOUT', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ])('of code %s is from before the request, in the words of the system', (code) => {
    const expected = { outcome: 'failed', code, message: 'why' };
    expect(failure(withCode(code, ' why\n'), idle)).toEqual(expected);
    expect(failure(new TypeError('fetch failed', { cause: withCode(code, 'why') }), idle)).toEqual(expected);
    // The caller knows better.
    expect(failure(withCode(code, 'why'), idle, true).outcome).toBe('unknown');
    for (const other of [`X${code}`, code.toLowerCase()])
      expect(failure(withCode(other, 'why'), idle).outcome).toBe('unknown');
  });

  it.each([
    ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ...['SELF_SIGNED_CERT_IN_CHAIN', 'CERT_UNTRUSTED'],
  ])('of code %s says that the CA is not trusted', (code) => {
    expect(failure(withCode(code, 'why'), idle)).toEqual({
      outcome: 'failed',
      code,
      message: "the server's certificate is not from a CA that is trusted: why",
    });
    expect(failure(withCode(`X${code}`, 'why'), idle)).toMatchObject({ outcome: 'unknown', message: 'why' });
  });

  it.each([
    ...['CERT_HAS_EXPIRED', 'CERT_REVOKED', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED'],
    ...['HOSTNAME_MISMATCH', 'ERROR_IN_CERT_NOT_AFTER_FIELD'],
  ])('of code %s says that the certificate is refused', (code) => {
    expect(failure(withCode(code, 'why'), idle)).toEqual({
      outcome: 'failed',
      code,
      message: "the server's certificate is refused: why",
    });
    expect(failure(withCode(`X${code}`, 'why'), idle)).toMatchObject({ outcome: 'unknown', message: 'why' });
  });

  it.each([
    ...['bad certificate', 'unsupported certificate', 'certificate revoked', 'certificate expired'],
    ...['certificate unknown', 'certificate required', 'unknown ca', 'access denied', 'handshake failure'],
  ])('of the alert "%s" is from a server that has read nothing, though the client has written', (alert) => {
    const message = `error:0A000412:SSL routines::tlsv13 ALERT ${alert}:ssl3_read_bytes`;
    for (const begun of [true, false, undefined]) {
      expect(failure(withCode('ERR_SSL_ALERT', message), idle, begun)).toEqual({
        outcome: 'failed',
        code: 'ERR_SSL_ALERT',
        message: `the server wants a client certificate, or refuses the one it got: ${message}`,
      });
    }
    const others = ['internal error', 'certificate', 'unknown cars', 'decode error'];
    for (const other of others)
      expect(failure(withCode('EPROTO', `alert ${other}`), idle, true).outcome).toBe('unknown');
    expect(failure(withCode('EPROTO', alert), idle, true).outcome).toBe('unknown');
  });

  it('without a code, or without words, is told by what there is', () => {
    expect(failure(new Error('why'), idle)).toEqual({ outcome: 'unknown', code: 'fetch', message: 'why' });
    expect(failure(withCode('EPIPE', ''), idle)).toMatchObject({ code: 'EPIPE', message: 'EPIPE' });
    expect(failure(new TypeError(''), idle)).toMatchObject({ code: 'fetch', message: 'TypeError' });
    expect(failure(new Error('bad port'), idle).outcome).toBe('failed');
    // The code may be the error's and the words its cause's.
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'ECONNREFUSED' });
    expect(failure(error, idle)).toEqual({ outcome: 'failed', code: 'ECONNREFUSED', message: 'inner' });
    const both = Object.assign(new Error('outer', { cause: withCode('EPIPE', 'inner') }), {
      code: 'ENOTFOUND',
    });
    expect(failure(both, idle)).toEqual({ outcome: 'unknown', code: 'EPIPE', message: 'inner' });
  });

  it('after the time was up says no more than that', () => {
    const inTime = { outcome: 'unknown', code: 'timeout', message: 'the server did not answer in time' };
    const reached = {
      outcome: 'failed',
      code: 'timeout',
      message: 'the server could not be reached in time',
    };
    const error = withCode('ECONNREFUSED', 'why');
    const up = AbortSignal.abort();
    expect([failure(error, up), failure(error, up, true), failure(error, up, false)]).toEqual([
      inTime,
      inTime,
      reached,
    ]);
    expect([late(), late(true), late(false)]).toEqual([inTime, inTime, reached]);
  });
});

describe('a status', () => {
  const words = { meanings: { 418: 'a teapot', 503: 'asleep' }, retryable: [404, 418] };
  const judged = (status: number, text = '') => judgeStatus({ status, text, retryAfter: 5 }, words);

  it.each([200, 202, 204, 299])('of %i is delivered, whatever it asks for', (status) => {
    expect(judged(status)).toEqual({ outcome: 'delivered' });
  });

  it.each([100, 199, 300, 302, 399, 404, 408, 429, 500, 501, 505, 521, 523, 599])(
    'of %i is failed: it may change by itself',
    (status) => {
      const message = `the server answered ${status}`;
      expect(judged(status)).toEqual({ outcome: 'failed', code: String(status), message, retryAfter: 5 });
    },
  );

  it.each([400, 401, 403, 405, 407, 409, 413, 428, 430, 499])('of %i is rejected', (status) => {
    const message = `the server answered ${status}`;
    expect(judged(status)).toEqual({ outcome: 'rejected', code: String(status), message });
  });

  it.each([502, 504, 520, 522, 524])('of %i is a proxy’s, whose upstream may have it', (status) => {
    const message = `the server answered ${status}`;
    expect(judged(status)).toEqual({ outcome: 'unknown', code: String(status), message, retryAfter: 5 });
  });

  it.each([
    ['upstream connect error or disconnect/reset before headers. reset reason: connection termination', true],
    ['upstream\nis\nterminating', true],
    ['Upstream RESET', true],
    ['reset of the upstream', false],
    ['upstreams were reset', false],
    ['upstream overflow', false],
    ['', false],
  ])('of 503 that says %j may have arrived: %s', (text, unknown) => {
    const outcome = unknown ? 'unknown' : 'failed';
    expect(judged(503, text)).toMatchObject({ outcome, message: 'the server answered 503 (asleep)' });
    expect(judged(500, text).outcome).toBe('failed');
  });

  it('has the receiver’s meaning and its own words, and a pause only where it asks for one', () => {
    const reply = { status: 418, text: '', retryAfter: undefined };
    expect(judgeStatus(reply, words, 'short and stout')).toEqual({
      outcome: 'failed',
      code: '418',
      message: 'the server answered 418 (a teapot): short and stout',
    });
  });
});
