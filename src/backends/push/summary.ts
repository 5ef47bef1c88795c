import { quantileName, sameName } from '../../encode/names.js';
import type { LogLinearHistogram } from '../../histogram/index.js';
import { isQuantile, type Rule } from '../options.js';

/** A statistic of a histogram: a word, or a quantile from 0 to 1, which is called `p50`, `p999`, and 0.025 `p2_5`. */
export type Statistic = 'count' | 'sum' | 'min' | 'max' | 'mean' | 'stddev' | number;

const words = ['count', 'sum', 'min', 'max', 'mean', 'stddev'] as const;

/** What receivers without histograms get of one unless the host says otherwise. */
export const usualStatistics: readonly Statistic[] = [...words, 0.5, 0.9, 0.99, 0.999];

/** A list of statistics of which no two have one name. */
export const statisticsRule: Rule = [
  (list: unknown) =>
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((one) => isQuantile(one) || words.includes(one)) &&
    new Set(list).size === list.length &&
    sameName(list.filter(isQuantile)) === undefined,
  `a list of ${words.join(', ')} and numbers from 0 to 1, of which no two have one name`,
];

/** A list of quantiles of which no two have one name. */
export const quantilesRule: Rule = [
  (list: unknown) => Array.isArray(list) && list.every(isQuantile) && sameName(list) === undefined,
  'a list of numbers from 0 to 1, of which no two have one name, such as [0.5, 0.99]',
];

/** What a statistic is called: its word, or `p99`. */
export function statisticName(statistic: Statistic): string {
  return typeof statistic === 'number' ? quantileName(statistic) : statistic;
}

/**
 * The statistics of a histogram, by their names. Of nothing there is no mean, so that those are left out. The sum is of
 * the values as they were recorded, where that is known; all else comes from the bins.
 */
export function statistics(
  histogram: LogLinearHistogram,
  list: readonly Statistic[],
): [name: string, value: number][] {
  const quantiles = list.filter((one) => typeof one === 'number').sort((a, b) => a - b);
  // One walk over the bins for all of them.
  const values = quantiles.length === 0 ? [] : histogram.quantile(quantiles);
  return list.flatMap((one): [string, number][] => {
    const value =
      typeof one === 'number' ? (values[quantiles.indexOf(one)] as number) : ofWord(histogram, one);
    return Number.isFinite(value) ? [[statisticName(one), value]] : [];
  });
}

function ofWord(histogram: LogLinearHistogram, word: (typeof words)[number]): number {
  if (word === 'count') return histogram.count;
  return word === 'sum' ? (histogram.recordedSum ?? histogram.sum()) : histogram[word]();
}
