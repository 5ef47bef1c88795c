import type { Temporality } from '../../collect/snapshot.js';
import { flag, oneOf, prefixOf, type Rule, text } from '../options.js';
import { type Statistic, statisticsRule, usualStatistics } from './summary.js';

/** What all backends that write points can be told. */
export interface PointOptions {
  /** Stands before every name, with a dot after it. */
  readonly prefix?: string;
  /**
   * `cumulative`, unless given: counters are totals since the process started, and statistics are over all samples
   * since then; a point that was lost is made up for by the next. `delta`: both are of the time since the last pass
   * that was delivered or sent.
   */
  readonly temporality?: Temporality;
  /**
   * What histograms and timers become; count, sum, min, max, mean, stddev and the quantiles 0.5, 0.9, 0.99, 0.999 unless
   * given. Two of one name are refused.
   */
  readonly statistics?: readonly Statistic[];
  /** Whether deltas without a sample are sent, counters as 0 and histograms' counts as 0; not, unless given. */
  readonly sendEmpty?: boolean;
}

/** The same, complete. */
export type PointSettings = Required<PointOptions>;

/** What the options have to be. */
export const pointRules: Readonly<Record<keyof PointOptions, Rule>> = {
  prefix: text,
  temporality: /* @__PURE__ */ oneOf('cumulative', 'delta'),
  statistics: statisticsRule,
  sendEmpty: flag,
};

/** Completes options that were checked. */
export function pointSettings(options: PointOptions): PointSettings {
  const { temporality = 'cumulative', statistics = usualStatistics, sendEmpty = false } = options;
  return { prefix: prefixOf(options.prefix), temporality, statistics, sendEmpty };
}
