// The demo's receiver has to understand a Circonus broker's histograms, and to answer for them.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Bin, type Bins, binOf, decodeBase64, decodeBinString, edgeOf } from '../../demo/trap/bins.js';
import { countOf, quantile } from '../../demo/trap/quantiles.js';
import { plain, prefix, put, send, TIME, trap } from './received.js';

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
