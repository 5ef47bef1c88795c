// What holds of all bytes and texts that may be a histogram.
import { LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { of, samples } from './samples.js';

describe('interchange', () => {
  it('round-trips', () => {
    fc.assert(
      fc.property(samples, (list) => {
        const histogram = of(list);
        const bytes = histogram.toBytes();
        expect(LogLinearHistogram.fromBytes(bytes).equals(histogram)).toBe(true);
        expect(LogLinearHistogram.fromBytes(bytes).toBytes()).toEqual(bytes);
        expect(histogram.toBase64()).toBe(Buffer.from(bytes).toString('base64'));
        expect(LogLinearHistogram.fromBase64(histogram.toBase64()).equals(histogram)).toBe(true);
        expect(LogLinearHistogram.fromStrings(histogram.toStrings()).equals(histogram)).toBe(true);
        const copies = histogram.extents.map(({ cells }) => cells.slice());
        let next = 0;
        expect(LogLinearHistogram.over(histogram.extents, () => copies[next++]!).equals(histogram)).toBe(
          true,
        );
      }),
    );
  });

  it('either reads bytes or says that it cannot, at once', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(samples, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([list, at, byte]) =>
        of(list)
          .toBytes()
          .map((old, i, all) => (i === at % all.length ? byte : old)),
      ),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          const histogram = LogLinearHistogram.fromBytes(input);
          expect(histogram.count).toBeGreaterThanOrEqual(0);
          expect(LogLinearHistogram.fromBytes(histogram.toBytes()).equals(histogram)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ name: 'MetricsError', code: 'invalid_histogram' });
        }
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('either reads text or says that it cannot', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        for (const read of [
          () => LogLinearHistogram.fromBase64(text),
          () => LogLinearHistogram.fromStrings([text]),
          () => LogLinearHistogram.fromStrings([`H[${text}]=${text}`]),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toMatchObject({ name: 'MetricsError', code: 'invalid_histogram' });
          }
        }
      }),
      { seed, numRuns: 1000 },
    );
  });
});
