// The demo's receiver: it has to understand what a Circonus broker understands, and to survive everything else.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bin, type Bins, binOf, decodeBase64, decodeBinString, edgeOf } from '../../demo/trap/bins.js';
import { parseName } from '../../demo/trap/name.js';
import { countOf, quantile } from '../../demo/trap/quantiles.js';
import { coerce, guessType } from '../../demo/trap/scalar.js';
import type { Received } from '../../demo/trap/state.js';
import { startTrap, type Trap } from '../../demo/trap/trap.js';

const TIME = 1_700_000_000_123;

let trap: Trap;
beforeAll(async () => {
  trap = await startTrap({ port: 0 });
});
afterAll(() => trap.close());

/** Each test has metrics of its own. */
let prefix = 0;
beforeEach(() => {
  prefix += 1;
});

async function put(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<[number, unknown]> {
  const response = await fetch(trap.url, { method: 'PUT', body, headers });
  return [response.status, await response.json()];
}

/** Sends one metric in a body of its own; what the trap then holds of it. */
async function send(leaf: string, name = 'm'): Promise<Received | undefined> {
  const [status] = await put(`{"${prefix}":{"${name}":${leaf}}}`);
  expect(status).toBe(200);
  return trap.metrics().get(`${prefix}\`${name}`);
}

/** Bins as `edge: count`, ascending; only tests with small counts use it. */
const plain = (bins: unknown): Record<string, number> =>
  Object.fromEntries(
    [...(bins as Bins)].sort(([a], [b]) => a - b).map(([edge, bin]) => [edge, Number(bin.count)]),
  );

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

describe("the Go histogram's records and strings", () => {
  const rows = JSON.parse(
    readFileSync(new URL('../golden/circonus-gometrics-histograms.json', import.meta.url), 'utf8'),
  ) as { samples: string[]; base64: string; strings: string[] }[];

  it.each(rows)('$samples', ({ samples, base64, strings }) => {
    const text = (bin: Bin): string => `${bin.val}e${bin.exp} ${bin.count}`;
    const recorded = samples.map((sample) => {
      const [value, count] = sample.split('*');
      return text({ ...binOf(Number(value))!, count: BigInt(count!) });
    });
    const decoded = decodeBase64(base64)?.filter((bin) => bin.count > 0n);
    expect(decoded?.map(text).sort()).toEqual(recorded.sort());
    expect(strings.map((each) => text(decodeBinString(each)!)).sort()).toEqual(recorded.sort());
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

describe('histograms', () => {
  const ONE_TO_FOUR = 'AAQKAAABFAAAAR4AAAEoAAB4';

  it('adds with h and replaces with H', async () => {
    const delta = `{"_type":"h","_ts":${TIME},"_value":"${ONE_TO_FOUR}"}`;
    await send(delta);
    expect(plain((await send(delta))?.value)).toEqual({ 1: 2, 2: 2, 3: 2, 4: 240 });
    const whole = delta.replace('"h"', '"H"');
    await send(whole);
    expect(plain((await send(whole))?.value)).toEqual({ 1: 1, 2: 1, 3: 1, 4: 120 });
  });

  it('replaces single bins with H, and adds them with h', async () => {
    await send('{"_type":"H","_value":["H[1]=5","H[2]=6"]}');
    expect(plain((await send('{"_type":"H","_value":["H[2]=1"]}'))?.value)).toEqual({ 1: 5, 2: 1 });
    expect(plain((await send('{"_type":"h","_value":["H[2]=1","H[2.05]=1",7.1]}'))?.value)).toEqual({
      1: 5,
      2: 3,
      7.1: 1,
    });
  });

  it('takes the same metric twice in one body, and several bodies in one', async () => {
    const part = `{"${prefix}":{"h":{"_type":"h","_value":"H[3]=1"},"h":{"_type":"h","_value":"H[3]=1"}}}`;
    expect(await put(`${part}${part}\n${part}`)).toEqual([200, { stats: 6, filtered: 0 }]);
    expect(plain(trap.metrics().get(`${prefix}\`h`)?.value)).toEqual({ 3: 6 });
  });

  it('leaves out what a broker drops: several values with a time, records that are none', async () => {
    expect(await send(`{"_type":"h","_ts":${TIME},"_value":["H[1]=1","H[2]=1"]}`)).toBeUndefined();
    expect(await send(`{"_type":"h","_ts":0,"_value":"${ONE_TO_FOUR}"}`)).toBeUndefined();
    for (const record of ['AAQK', 'AAA', '????', `${ONE_TO_FOUR}AAAA`, 'AAEKAAg=']) {
      expect(await send(`{"_type":"h","_value":"${record}"}`)).toBeUndefined();
    }
  });

  it('keeps counts exact', () => {
    expect(decodeBase64(Buffer.from('00010a0007fdffffffffffffff', 'hex').toString('base64'))).toEqual([
      { val: 10, exp: 0, count: 2n ** 64n - 3n },
    ]);
  });

  it('finds the bin of an edge again, for every bin', () => {
    const lost: Bin[] = [];
    for (let exp = -128; exp <= 127; exp += 1) {
      for (let val = -99; val <= 99; val += 1) {
        if (val > -10 && val < 10) continue;
        const found = binOf(edgeOf({ val, exp }));
        if (found?.val !== val || found.exp !== exp) lost.push({ val, exp, count: 1n });
      }
    }
    expect(lost).toEqual([]);
    expect(binOf(0)).toEqual({ val: 0, exp: 0 });
    expect(binOf(9e-129)).toEqual({ val: 0, exp: 0 });
    expect(binOf(1e128)).toBeUndefined();
    expect(binOf(Number.NaN)).toBeUndefined();
  });

  it('asks for quantiles', () => {
    const bins: Bins = new Map([
      [-1, { val: -10, exp: 0, count: 1n }],
      [1, { val: 10, exp: 0, count: 8n }],
      [10, { val: 10, exp: 1, count: 1n }],
    ]);
    expect(countOf(bins)).toBe(10n);
    expect(quantile(bins, 0)).toBe(-1.1);
    expect(quantile(bins, 0.1)).toBe(-1);
    expect(quantile(bins, 0.5)).toBeCloseTo(1.05, 12);
    expect(quantile(bins, 0.9)).toBeCloseTo(1.1, 12);
    expect(quantile(bins, 1)).toBe(11);
    expect(quantile(new Map(), 0.5)).toBeNaN();
  });
});

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
      { numRuns: 300 },
    );
  });

  it('takes any JSON object for what it says', async () => {
    const leaf = fc.record({ _type: fc.constantFrom(...'iIlLn'), _value: fc.integer() });
    await fc.assert(
      fc.asyncProperty(fc.array(leaf, { maxLength: 20 }), async (leaves) => {
        const [status, answer] = await put(JSON.stringify({ leaves }));
        expect([status, answer]).toEqual([200, { stats: leaves.length, filtered: 0 }]);
      }),
      { numRuns: 50 },
    );
  });
});
