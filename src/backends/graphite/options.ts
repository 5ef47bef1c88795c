import type { Sample } from '../../collect/sample.js';
import { checkOptions, endpointRules, integerFrom } from '../options.js';
import { type PointOptions, pointRules, pointSettings } from '../push/point-options.js';

/** Options of {@link graphite}. */
export interface GraphiteOptions extends PointOptions {
  /** `tcp`, unless given, or `udp`. */
  readonly protocol?: 'tcp' | 'udp';
  /** A name or an address of IPv4 or IPv6; `127.0.0.1` unless given. */
  readonly host?: string;
  /** 2003, unless given. */
  readonly port?: number;
  /** A Unix stream socket, in place of host and port. */
  readonly path?: string;
  /**
   * How a series is named. `tagged`, unless given: `prefix.namespace.name;tag=value`, which Graphite takes from 1.1 on.
   * `hierarchical`: `prefix.namespace.name.tag.value`. A function of the host's gives all but the prefix and the
   * statistic; it is asked once for each series, and what is not legal of its answer is replaced. Where it throws or gives no text,
   * such as a promise, the series is dropped (`no_name`).
   */
  readonly naming?: 'tagged' | 'hierarchical' | ((sample: Sample) => string);
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
    ...pointRules,
    naming: [
      (value) => value === 'tagged' || value === 'hierarchical' || typeof value === 'function',
      "'tagged', 'hierarchical' or a function",
    ],
    maxPayloadBytes: integerFrom(64, udp ? 65_507 : 2 ** 20),
  });
  return {
    protocol: udp ? 'udp' : 'tcp',
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 2003,
    path: options.path,
    ...pointSettings(options),
    naming: options.naming ?? 'tagged',
    maxPayloadBytes: options.maxPayloadBytes ?? (udp ? 1432 : 65_536),
  };
}
