// Histograms as bytes, Base64 and texts, and what is none.
import { LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import { counts, MOST, of } from './histograms.js';
import { codeOf } from './refusals.js';

describe('interchange', () => {
  it('writes counts in as few bytes as they take', () => {
    for (let bits = 0; bits <= 53; bits++) {
      for (const count of new Set([2 ** bits, Math.min(2 ** bits + 1, MOST), 2 ** bits - 1])) {
        if (count === 0) continue;
        const histogram = new LogLinearHistogram();
        histogram.record(1, count);
        const bytes = histogram.toBytes();
        const width = Math.ceil(count.toString(16).length / 2);
        expect(bytes).toHaveLength(5 + width);
        expect(bytes[4]).toBe(width - 1);
        expect([...LogLinearHistogram.fromBytes(bytes).bins()][0]!.count).toBe(count);
      }
    }
  });

  it('reads counts of any width, saturating', () => {
    for (let width = 1; width <= 8; width++) {
      const bytes = Uint8Array.from([0, 1, 12, 0, width - 1, 3, ...new Array<number>(width - 1).fill(0)]);
      expect(counts(LogLinearHistogram.fromBytes(bytes))).toEqual([[1.2, 3]]);
    }
    const huge = Uint8Array.from([0, 1, 12, 0, 7, 255, 255, 255, 255, 255, 255, 255, 255]);
    expect(LogLinearHistogram.fromBytes(huge).count).toBe(MOST);
  });

  it('skips bins that are none, as the reference does', () => {
    const nan = [255, 0, 0, 9];
    const invalid = [5, 0, 0, 9];
    const empty = [13, 0, 0, 0];
    const bytes = Uint8Array.from([0, 4, ...nan, ...invalid, 12, 0, 0, 1, ...empty]);
    expect(counts(LogLinearHistogram.fromBytes(bytes))).toEqual([[1.2, 1]]);
  });

  it('refuses what is corrupt', () => {
    const good = of(-2, 0, 1.2, 1.3).toBytes();
    const bad: unknown[] = [
      undefined,
      null,
      'AAA=',
      [0, 0],
      {},
      new Uint8Array(0),
      new Uint8Array(1),
      new Float64Array(2),
      Uint8Array.from([255, 255]),
      Uint8Array.from([0, 1, 12, 0, 8, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
      Uint8Array.from([0, 2, 13, 0, 0, 1, 12, 0, 0, 1]),
      Uint8Array.from([0, 2, 12, 0, 0, 1, 12, 0, 0, 1]),
      Uint8Array.from([0, 2, 0, 0, 0, 1, 0, 5, 0, 1]),
      Uint8Array.from([...good, 0]),
    ];
    for (let length = 0; length < good.length; length++) bad.push(good.subarray(0, length));
    for (const bytes of bad) {
      expect(codeOf(() => LogLinearHistogram.fromBytes(bytes as Uint8Array))).toBe('invalid_histogram');
    }
    for (const text of [
      undefined,
      5,
      '',
      'A',
      'AAA',
      'AA=A',
      '====',
      'AAA!',
      'AAEM',
      `${of(1).toBase64()}AAAA`,
    ]) {
      expect(codeOf(() => LogLinearHistogram.fromBase64(text as string))).toBe('invalid_histogram');
    }
    expect(LogLinearHistogram.fromBase64(` ${of(1).toBase64()}\n`).count).toBe(1);
    for (const strings of [
      undefined,
      null,
      5,
      'H[1]=1',
      ['H[]=1'],
      ['H[1]=-1'],
      ['H[1]=1.5'],
      ['H[1e128]=1'],
    ]) {
      expect(codeOf(() => LogLinearHistogram.fromStrings(strings as string[]))).toBe('invalid_histogram');
    }
    for (const string of [
      'H[NaN]=1',
      'H[0x10]=1',
      'H[1]=',
      'h[1]=1x',
      ' H[1]=1',
      'H[1] =1',
      5,
      5n,
      null,
      Symbol('x'),
    ]) {
      expect(codeOf(() => LogLinearHistogram.fromStrings([string as string]))).toBe('invalid_histogram');
    }
    const long = `H[${'1'.repeat(200_000)}`;
    const start = performance.now();
    expect(codeOf(() => LogLinearHistogram.fromStrings([long, `${long}]=${'9'.repeat(200_000)}x`]))).toBe(
      'invalid_histogram',
    );
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('reads and writes H[…] strings', () => {
    const histogram = of(-0.0125, 0, 12, 12.9, 1e100);
    expect(histogram.toStrings()).toEqual(['H[-1.2e-02]=1', 'H[0.0e+00]=1', 'H[1.2e+01]=2', 'H[1.0e+100]=1']);
    const read = LogLinearHistogram.fromStrings([
      'H[12]=3',
      'H[1.2e8]=1',
      'H[1.2e+01]=4',
      'H[.5]=18446744073709551615',
    ]);
    expect(counts(read)).toEqual([
      [0.5, MOST],
      [12, 7],
      [120000000, 1],
    ]);
  });
});
