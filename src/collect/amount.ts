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

/** What is in both, bin by bin. */
export function meet(a: Amount, b: Amount): Amount {
  if (typeof a === 'number') return Math.min(a, b as number);
  return difference(a, difference(a, b));
}

/** `a + b`; a new object, or `a` itself where there is no `b`. */
export function sum(a: Amount, b: Amount | undefined): Amount {
  if (b === undefined) return a;
  if (typeof a === 'number') return a + (b as number);
  const result = a.clone();
  result.merge(b as LogLinearHistogram);
  return result;
}
