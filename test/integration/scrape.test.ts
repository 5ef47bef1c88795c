// What pull backends answer, by both conventions of handlers.
import type { Snapshot } from 'circmetrics';
import { describe, expect, it } from 'vitest';
import { cases, marker, recorderOf } from './endpoints.js';

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
});
