import { LogLinearHistogram } from '../histogram/index.js';
import { histogramOf, type Series } from '../record/series.js';

/** How much a counter or a histogram has recorded: a number, or how many samples of each bin. Never changed in place. */
export type Amount = number | LogLinearHistogram;

/** What a counter or histogram has recorded in all, now: in place, so clone it to keep it. */
export function total(series: Series): Amount {
  return series.kind === 'counter' ? (series.store as Float64Array)[series.at]! : histogramOf(series);
}

/** A counter's value, or a histogram's number of samples. */
export function sizeOf(amount: Amount | undefined): number {
  return amount instanceof LogLinearHistogram ? amount.count : (amount ?? 0);
}

export function copyOf(amount: Amount): Amount {
  return typeof amount === 'number' ? amount : amount.clone();
}

/** `a - b`, never below zero; a new object, or `a` itself where there is no `b`. */
export function difference(a: Amount, b: Amount | undefined): Amount {
  if (b === undefined) return a;
  if (typeof a === 'number') return Math.max(0, a - (b as number));
  const result = a.clone();
  result.subtract(b as LogLinearHistogram);
  return result;
}

/**
 * As much of `whole` as `part` has of it, bin by bin. What a backend carries may be bins alone; they are on those sides of
 * the metric's bounds where the whole is.
 */
export function meet(part: Amount, whole: Amount): Amount {
  if (typeof part === 'number') return Math.min(part, whole as number);
  const bins = difference(part, difference(part, whole)) as LogLinearHistogram;
  return (whole as LogLinearHistogram).part(bins);
}

/** `a + b`; a new object, or `a` itself where there is no `b`. */
export function sum(a: Amount, b: Amount | undefined): Amount {
  if (b === undefined) return a;
  if (typeof a === 'number') return a + (b as number);
  const result = a.clone();
  result.merge(b as LogLinearHistogram);
  return result;
}
