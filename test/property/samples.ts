// Any samples, and the histogram of them.
import { binEdge, binOf, binWidth, LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';

/** A value, and how often it is recorded. */
export type Sample = readonly [value: number, count: number];

/** Values as they come in practice, and any other. */
export const value = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 1e-6, max: 1e4, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -1000, max: 1_000_000 }) },
  { weight: 1, arbitrary: fc.double({ min: -1e127, max: 1e127, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, 10, 0.1, 1e-128, -1e-128, 5e-324, 9.9e127) },
);

const count = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 100 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 44 }) },
);

export const samples = fc.array(fc.tuple(value, count), { maxLength: 60 });

/** The histogram of all of them. */
export function of(list: readonly Sample[]): LogLinearHistogram {
  const histogram = new LogLinearHistogram();
  for (const [x, n] of list) histogram.record(x, n);
  return histogram;
}

/** Lower and upper end of a value's bin. */
export function around(x: number): [number, number] {
  const bin = binOf(x)!;
  const [near, far] = [binEdge(bin), binEdge(bin) + Math.sign(bin.val) * binWidth(bin)];
  return [Math.min(near, far), Math.max(near, far)];
}
