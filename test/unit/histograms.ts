// Small histograms for tests, and what is in them.
import { LogLinearHistogram } from 'circmetrics/histogram';

/** The most that a bin counts. */
export const MOST = 2 ** 53;

/** A histogram of one sample each. */
export function of(...values: number[]): LogLinearHistogram {
  const histogram = new LogLinearHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** The lower ends of its bins and how many samples are in each, ascending. */
export function counts(histogram: LogLinearHistogram): [number, number][] {
  return [...histogram.bins()].map(({ edge, count }) => [edge, count]);
}
