// The demo's receiver has to understand what a Circonus broker understands: bodies, names, scalars.
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../demo/trap/bins.js';
import { parseName } from '../../demo/trap/name.js';
import { coerce, guessType } from '../../demo/trap/scalar.js';
import { plain, prefix, put, send, TIME, trap } from './received.js';

describe('the goldens of the format', () => {
  it('takes the push body', async () => {
    const body =
      '{"http.requests|ST[method:GET]":{"_type":"L","_ts":1700000000123,"_value":"42"},' +
      '"queue.depth":{"_type":"n","_ts":1700000000123,"_value":"-3.5"},' +
      '"latency|ST[units:seconds]":{"_type":"h","_ts":1700000000123,"_value":"AAQAAAABCv4AAhn/AAEMAAEsAQ=="},' +
      '"version":{"_type":"s","_ts":1700000000123,"_value":"v1.9.2"},"ratio":{"_type":"n","_value":null}}';
    expect(await put(body)).toEqual([200, { stats: 5, filtered: 0 }]);

    const held = trap.metrics();
    expect(held.get('http.requests|ST[method:GET]')).toEqual({
      fullName: 'http.requests|ST[method:GET]',
      name: 'http.requests',
      tags: [['method', 'GET']],
      units: undefined,
      type: 'L',
      value: 42n,
      at: TIME,
    });
    expect(held.get('queue.depth')).toMatchObject({ type: 'n', value: -3.5 });
    expect(held.get('version')).toMatchObject({ type: 's', value: 'v1.9.2' });
    expect(held.get('ratio')).toMatchObject({ type: 'n', value: null });
    const latency = held.get('latency|ST[units:seconds]')!;
    expect(latency).toMatchObject({ type: 'h', units: 'seconds', tags: [] });
    expect(plain(latency.value)).toEqual({ 0: 1, 0.01: 2, 0.25: 1, 1.2: 300 });
  });

  it('takes the cumulative body', async () => {
    const held = await send(
      '{"_type":"H","_value":["H[0]=1","H[1.0e-02]=2","H[2.5e-01]=1","H[1.2e+00]=300"]}',
    );
    expect(held?.type).toBe('H');
    expect(plain(held?.value)).toEqual({ 0: 1, 0.01: 2, 0.25: 1, 1.2: 300 });
  });

  it('decodes the records', () => {
    expect(decodeBase64('AAH0AAAB')).toEqual([{ val: -12, exp: 0, count: 1n }]);
    expect(decodeBase64('AAQKAAABFAAAAR4AAAEoAAB4')).toEqual([
      { val: 10, exp: 0, count: 1n },
      { val: 20, exp: 0, count: 1n },
      { val: 30, exp: 0, count: 1n },
      { val: 40, exp: 0, count: 120n },
    ]);
    expect(decodeBase64('AAA=')).toEqual([]);
  });

  it('decodes tags', () => {
    expect(parseName('m|ST[empty:,path:b"L2EgYj9xPTE=",v:b"eCt5"]')).toEqual({
      base: 'm',
      tags: [
        ['empty', ''],
        ['path', '/a b?q=1'],
        ['v', 'x+y'],
      ],
    });
  });
});

describe('names', () => {
  it('joins keys by backticks and numbers the elements of arrays', async () => {
    await put('{"nest":{"a":{"b":1,"c|ST[x:y]":2}},"list":[{"deep":3},"4",[5]]}');
    const held = trap.metrics();
    expect(held.get('nest`a`b')?.value).toBe(1n);
    expect(held.get('nest`a`c|ST[x:y]')).toMatchObject({ name: 'nest`a`c', tags: [['x', 'y']], value: 2n });
    expect(held.get('list`0`deep')?.value).toBe(3n);
    expect(held.get('list`1')?.value).toBe(4n);
    expect(held.get('list`2`0')?.value).toBe(5n);
  });

  it('keeps several values of a category, and takes `:` and `=` in a value', () => {
    expect(parseName('m|ST[a:1,a:2,url:http://x/?a=b,b"YSBi":b""]')?.tags).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['url', 'http://x/?a=b'],
      ['a b', ''],
    ]);
    expect(parseName('m|ST[only]')?.tags).toEqual([['only', '']]);
    expect(parseName('m|ST[]')?.tags).toEqual([]);
    expect(parseName('m'.repeat(4095))).toBeDefined();
    expect(parseName('ü'.repeat(2048))).toBeUndefined();
  });

  it.each(['a b:c', 'a:b c', 'v:x+y', ':x', 'b"":x', 'a:(b)', 'é:x'])(
    'loses a metric with the tag %s, and says so in `filtered`',
    async (tag) => {
      const name = `lost ${prefix}|ST[${tag}]`;
      expect(await put(JSON.stringify({ [name]: 1, [`kept ${prefix} ${tag}`]: 2 }))).toEqual([
        200,
        { stats: 2, filtered: 1 },
      ]);
      expect(trap.metrics().has(name)).toBe(false);
    },
  );
});

describe('scalars', () => {
  it.each([
    ['{"_type":"L","_value":"18446744073709551614"}', 18446744073709551614n],
    ['{"_type":"L","_value":18446744073709551614}', 18446744073709551614n],
    ['{"_type":"l","_value":"-9223372036854775808"}', -9223372036854775808n],
    ['{"_type":"L","_value":"9007199254740993"}', 9007199254740993n],
    ['9007199254740993', 9007199254740993n],
    ['{"_type":"i","_value":"-7"}', -7],
    ['{"_type":"I","_value":"4294967295"}', 4294967295],
    ['{"_type":"i","_value":3.7}', 3],
    ['{"_type":"L","_value":1e+21}', 1n],
    ['{"_type":"L","_value":-1}', 2n ** 64n - 1n],
    ['{"_type":"n","_value":5e-7}', 5e-7],
    ['{"_type":"n","_value":"\\" 0.56 \\""}', 0.56],
    ['{"_type":"n","_value":"no number"}', null],
    ['{"_type":"i","_value":true}', 1],
    ['false', 0],
    ['null', null],
    ['{"_type":"s","_value":"1.2 \\"q\\" \\u00fc \\ud83d\\ude00"}', '1.2 "q" ü 😀'],
    ['{"_type":"s","_value":"first\\nsecond"}', 'first'],
    ['{"_type":"s","_value":"100"}', '100'],
    ['{"_type":"n","_value":["1","2","6"]}', 3],
    ['{"_type":"i","_value":1,"_value":2}', 1.5],
    ['{"_ts":1700000000123,"_value":"12"}', 12n],
  ])('%s', async (leaf, value) => {
    expect((await send(leaf))?.value).toEqual(value);
  });

  it.each([
    ['12', 'L'],
    ['-12', 'l'],
    ['1.5', 'n'],
    ['1.5e+3', 'n'],
    ['1.5e3', 's'],
    ['5e-7', 's'],
    ['1e+21', 's'],
    ['0x10', 's'],
    ['', 's'],
  ])('guesses that %j is of type %s', (text, type) => {
    expect(guessType(text)).toBe(type);
  });

  it('saturates and wraps where C does', () => {
    expect(coerce('99999999999999999999', 'l')).toBe(2n ** 63n - 1n);
    expect(coerce('99999999999999999999', 'L')).toBe(2n ** 64n - 1n);
    expect(coerce('inf', 'n')).toBe(Number.POSITIVE_INFINITY);
    expect(coerce('-Infinity', 'n')).toBe(Number.NEGATIVE_INFINITY);
    expect(coerce('nan', 'n')).toBeNaN();
  });

  it('adds where the flag says so', async () => {
    await send('{"_type":"n","_value":2.5}');
    expect((await send('{"_type":"n","_fl":"+","_value":4}'))?.value).toBe(6.5);
  });

  it('takes an object for a metric only when it has a value, and a type or a time', async () => {
    expect(await send('{"_value":1}', 'a')).toBeUndefined();
    expect(await send('{"_type":"n"}', 'b')).toBeUndefined();
    expect(await send('{"_type":"n","_tags":["x"],"_value":1}', 'c')).toBeDefined();
  });

  it('takes times as text, and small ones for now', async () => {
    expect((await send(`{"_type":"n","_ts":"${TIME}","_value":1}`))?.at).toBe(TIME);
    expect((await send('{"_type":"n","_ts":0,"_value":1}'))?.at).toBeGreaterThan(TIME);
  });
});
