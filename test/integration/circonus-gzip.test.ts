// Bodies as they are on the wire: large ones compressed, by fetch and by node:https alike.
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { afterEach, describe, expect, it } from 'vitest';
import { startTrap } from '../../demo/trap/trap.js';
import { pem } from '../golden/pem.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that keeps what it is sent, and its address with what a backend needs for it. */
async function receiver(protocol: 'http' | 'https') {
  const requests: { headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    requests.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.end('{}');
  };
  const server =
    protocol === 'http'
      ? createServer(listener)
      : createSecureServer({ key: pem('key'), cert: pem('cn') }, listener);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `${protocol}://localhost:${(server.address() as AddressInfo).port}/module/httptrap/u/s`;
  return { options: { url, ...(protocol === 'https' && { ca: pem('ca') }) }, requests };
}

/** So many counters, and a text that is not ASCII. */
function recorderOf(counters: number): Recorder {
  const recorder = new Recorder();
  closers.push(() => recorder.close());
  recorder.text('greeting').set('grüß dich, 世界 😀');
  for (let i = 0; i < counters; i++) recorder.counter(`counter${i}`).add(2 ** 53 - 1 - i);
  return recorder;
}

describe.each(['http', 'https'] as const)('by %s', (protocol) => {
  it('a large body is compressed, and is the same when it is read', async () => {
    const { options, requests } = await receiver(protocol);
    const recorder = recorderOf(1000);
    const backend = circonus({ ...options, maxPayloadBytes: 20_000 });
    const expected = [...backend.encode(recorder.snapshot(), () => {})].map(({ body }) => String(body));
    const report = await recorder.flushTo(backend, { every: 3_600_000 }).flush();
    expect(report).toMatchObject({ complete: true, samples: 1001, payloads: expected.length });
    expect(expected.length).toBeGreaterThan(2);
    // A part of a millisecond later: the times differ.
    const timeless = (text: string): string => text.replace(/"_ts":\d+/g, '');
    for (const [i, { headers, body }] of requests.entries()) {
      expect(headers).toMatchObject({
        'content-encoding': 'gzip',
        'content-type': 'application/json',
        'content-length': String(body.length),
      });
      const text = gunzipSync(body).toString('utf8');
      expect(timeless(text)).toBe(timeless(expected[i] as string));
      // The limit is that of the body before it is compressed.
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000);
      if (i < requests.length - 1) expect(body.length).toBeLessThan(4000);
    }
    expect(requests.map(({ body }) => JSON.parse(gunzipSync(body).toString('utf8')))).toHaveLength(
      expected.length,
    );
  });

  it('a small one is not, nor one that the host has decided on', async () => {
    const { options, requests } = await receiver(protocol);
    const headers = { 'Content-Encoding': 'identity', 'Content-Type': 'text/json', 'X-Team': 'shop' };
    for (const [counters, more] of [
      [3, {}],
      [100, { headers }],
    ] as const) {
      await recorderOf(counters)
        .flushTo(circonus({ ...options, ...more }), { every: 3_600_000 })
        .flush();
    }
    const [small, large] = requests;
    expect(small?.headers['content-encoding']).toBeUndefined();
    expect(Object.keys(JSON.parse(String(small?.body)))).toHaveLength(4);
    expect(large?.headers).toMatchObject({
      'content-encoding': 'identity',
      'content-type': 'text/json',
      'x-team': 'shop',
    });
    expect(Object.keys(JSON.parse(String(large?.body)))).toHaveLength(101);
  });
});

it('is not compressed for an agent, which would not read it', async () => {
  const { options, requests } = await receiver('http');
  const url = options.url.replace('/module/httptrap/u/s', '/write/shop');
  await recorderOf(100).flushTo(circonus({ url }), { every: 3_600_000 }).flush();
  expect(requests[0]?.headers['content-encoding']).toBeUndefined();
  expect(Object.keys(JSON.parse(String(requests[0]?.body)))).toHaveLength(101);
});

it('arrives at a trap to the last digit, as differences', async () => {
  const trap = await startTrap({ port: 0 });
  closers.push(() => trap.close());
  const recorder = recorderOf(200);
  const flusher = recorder.flushTo(circonus({ url: trap.url, temporality: 'delta' }), { every: 3_600_000 });
  const pushes: number[] = [];
  trap.onPush(({ bytes }) => pushes.push(bytes));
  expect(await flusher.flush()).toMatchObject({ complete: true, samples: 201 });
  for (let i = 0; i < 200; i++) {
    expect(trap.metrics().get(`counter${i}`)).toMatchObject({ type: 'L', value: 2n ** 53n - 1n - BigInt(i) });
  }
  expect(trap.metrics().get('greeting')?.value).toBe('grüß dich, 世界 😀');
  const { bytes } = flusher.status().totals;
  expect(pushes).toHaveLength(1);
  expect(pushes[0]).toBeLessThan(bytes / 4);
});
