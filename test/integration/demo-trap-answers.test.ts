// The demo's receiver has to answer as a Circonus broker does, and to survive everything else.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { prefix, put, trap } from './received.js';

describe('answers', () => {
  it('reads gzip', async () => {
    const body = gzipSync(`{"${prefix}":{"zipped":7}}`);
    expect(await put(body, { 'content-encoding': 'gzip' })).toEqual([200, { stats: 1, filtered: 0 }]);
    expect(trap.metrics().get(`${prefix}\`zipped`)?.value).toBe(7n);
    expect((await put('{}', { 'content-encoding': 'gzip' }))[0]).toBe(406);
    expect((await put('{}', { 'content-encoding': 'br' }))[0]).toBe(406);
  });

  it('takes POST like PUT, a path tail, and an empty body', async () => {
    const response = await fetch(`${trap.url}/tail?x=1`, { method: 'POST', body: '' });
    expect([response.status, await response.json()]).toEqual([200, { stats: 0, filtered: 0 }]);
    expect(response.headers.get('connection')).toBe('close');
  });

  it('tells a wrong secret from a wrong address', async () => {
    const at = async (url: string): Promise<[number, unknown]> => {
      const response = await fetch(url, { method: 'PUT', body: '{"never":1}' });
      return [response.status, await response.json()];
    };
    expect(await at(trap.url.replace('/demo', '/guess'))).toEqual([403, { error: 'secret mismatch' }]);
    expect(await at(trap.url.replace('4000', '4001'))).toEqual([404, { error: 'no such check' }]);
    expect(await at(new URL('/metrics', trap.url).href)).toEqual([404, { error: 'bad uri' }]);
    expect(trap.metrics().has('never')).toBe(false);
  });

  it('tells of every push, until asked not to', async () => {
    const seen: number[] = [];
    const end = trap.onPush((push) => seen.push(push.stats));
    await put('{"a":1,"b":2}');
    end();
    await put('{"a":1}');
    expect(seen).toEqual([2]);
  });

  it.each([
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{"a":1 "b":2}',
    '{,}',
    '[1,]',
    '[1',
    ']',
    '}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":NaN}',
    '{"a":"\u0001"}',
    '{"a":"\\x"}',
    '{"a":"\\',
    '{"a":"b',
    "{'a':1}",
    '{"a":tru}',
    '{"a":{"_type":"x","_value":1}}',
    '{"a":{"_type":"nn","_value":1}}',
    '{"a":{"_type":null,"_value":1}}',
    '{"a":{"_type":"n","_value":{"b":1}}}',
    '1',
    '"text"',
    'null',
    '{"a":1}garbage',
    '\0\0\0',
  ])('answers 406 to %j', async (body) => {
    const [status, answer] = await put(body);
    expect(status).toBe(406);
    expect(answer).toEqual({ error: expect.any(String) });
  });

  it('answers 406 to what is nested too deeply', async () => {
    expect((await put('['.repeat(100_000)))[0]).toBe(406);
    expect((await put('{"a":'.repeat(100_000)))[0]).toBe(406);
    expect((await put(`${'{"a":'.repeat(31)}1${'}'.repeat(31)}`))[0]).toBe(200);
  });

  it('has kept what came before the mistake, like the broker', async () => {
    const [status] = await put(`{"${prefix}":{"before":1,"wrong":]}}`);
    expect(status).toBe(406);
    expect(trap.metrics().get(`${prefix}\`before`)?.value).toBe(1n);
  });

  it('never fails on any bytes', async () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\\',
      '"_type"',
      '"_value"',
      '"h"',
      '1e9',
      'null',
    );
    const texts = fc.array(fc.oneof(pieces, fc.string())).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(fc.oneof(texts, fc.uint8Array(), fc.json()), async (body) => {
        expect([200, 406]).toContain((await put(body))[0]);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('takes any JSON object for what it says', async () => {
    const leaf = fc.record({ _type: fc.constantFrom(...'iIlLn'), _value: fc.integer() });
    await fc.assert(
      fc.asyncProperty(fc.array(leaf, { maxLength: 20 }), async (leaves) => {
        const [status, answer] = await put(JSON.stringify({ leaves }));
        expect([status, answer]).toEqual([200, { stats: leaves.length, filtered: 0 }]);
      }),
      { seed, numRuns: 50 },
    );
  });
});
