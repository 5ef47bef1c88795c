import type { Sample } from '../../collect/sample.js';
import type { Temporality } from '../../collect/snapshot.js';
import { checkOptions, endpointRules, flag, integerFrom, oneOf, prefixOf, text } from '../options.js';
import { type Statistic, statisticsRule, usualStatistics } from '../push/summary.js';

/** Options of {@link graphite}. */
export interface GraphiteOptions {
  /** `tcp`, unless given, or `udp`. */
  readonly protocol?: 'tcp' | 'udp';
  /** A name or an address of IPv4 or IPv6; `127.0.0.1` unless given. */
  readonly host?: string;
  /** 2003, unless given. */
  readonly port?: number;
  /** A Unix stream socket, in place of host and port. */
  readonly path?: string;
  /** Stands before every name, with a dot after it. */
  readonly prefix?: string;
  /**
   * How a series is named. `tagged`, unless given: `prefix.namespace.name;tag=value`, which Graphite takes from 1.1 on.
   * `hierarchical`: `prefix.namespace.name.tag.value`. A function of the host's gives all but the prefix and the
   * statistic; it is asked once for each series, and what is not legal of its answer is replaced. Where it throws or gives no text,
   * such as a promise, the series is dropped (`no_name`).
   */
  readonly naming?: 'tagged' | 'hierarchical' | ((sample: Sample) => string);
  /**
   * `cumulative`, unless given: counters are totals since the process started, and statistics are over all samples
   * since then; a point that was lost is made up for by the next. `delta`: both are of the time since the last pass
   * that was sent. The protocol has no reply, so a point that was lost on the way stays lost.
   */
  readonly temporality?: Temporality;
  /**
   * What histograms and timers become; count, sum, min, max, mean, stddev and the quantiles 0.5, 0.9, 0.99, 0.999 unless
   * given. Two of one name are refused.
   */
  readonly statistics?: readonly Statistic[];
  /** Whether deltas without a sample are sent, counters as 0 and histograms' counts as 0; not, unless given. */
  readonly sendEmpty?: boolean;
  /** The most bytes that are sent at once, 64 to 1,048,576. Unless given, 65,536; over UDP 1,432, at most 65,507. */
  readonly maxPayloadBytes?: number;
}

/** The same, complete. */
export type GraphiteSettings = Required<Omit<GraphiteOptions, 'path'>> & {
  readonly path: string | undefined;
};

/** Checks what the host gave to `graphite`. */
export function graphiteSettings(options: GraphiteOptions): GraphiteSettings {
  const udp = options?.protocol === 'udp' && options.path === undefined;
  checkOptions('graphite', options, {
    ...endpointRules,
    prefix: text,
    naming: [
      (value) => value === 'tagged' || value === 'hierarchical' || typeof value === 'function',
      "'tagged', 'hierarchical' or a function",
    ],
    temporality: oneOf('cumulative', 'delta'),
    statistics: statisticsRule,
    sendEmpty: flag,
    maxPayloadBytes: integerFrom(64, udp ? 65_507 : 2 ** 20),
  });
  return {
    protocol: udp ? 'udp' : 'tcp',
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 2003,
    path: options.path,
    prefix: prefixOf(options.prefix),
    naming: options.naming ?? 'tagged',
    temporality: options.temporality ?? 'cumulative',
    statistics: options.statistics ?? usualStatistics,
    sendEmpty: options.sendEmpty ?? false,
    maxPayloadBytes: options.maxPayloadBytes ?? (udp ? 1432 : 65_536),
  };
}
