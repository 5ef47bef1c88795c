import { checkOptions, endpointRules, flag, integerFrom, oneOf, prefixOf, text } from '../options.js';
import { quantilesRule } from '../push/summary.js';

/** What the receiver understands: the original daemon and its many copies, or Datadog's agent. */
export type Dialect = 'statsd' | 'dogstatsd';

/** Options of {@link statsd}. */
export interface StatsdOptions {
  /** `statsd`, unless given. */
  readonly dialect?: Dialect;
  /** `udp`, unless given, or `tcp`. Datadog's agent does not listen on TCP; other receivers of its dialect do. */
  readonly protocol?: 'udp' | 'tcp';
  /** A name or an address of IPv4 or IPv6; `127.0.0.1` unless given. */
  readonly host?: string;
  /** 8125, unless given. */
  readonly port?: number;
  /**
   * A Unix stream socket, in place of host and port. Datadog's agent listens on one where `dogstatsd_stream_socket` of its
   * configuration says so. Its usual socket, `dogstatsd_socket`, is one of datagrams, which Node.js does not have.
   */
  readonly path?: string;
  /** Stands before every name, with a dot after it. */
  readonly prefix?: string;
  /**
   * The largest packet in bytes, 64 to 65,507. Unless given, 1,432, which fits into one Ethernet frame on any way to
   * the receiver; over TCP 65,507; to Datadog's agent over a Unix stream socket 8,192, which is its limit there.
   */
  readonly maxPacketBytes?: number;
  /**
   * Whether tags are sent, as `|#category:value,…`. Unless given: to `dogstatsd` yes, to `statsd` no, because many
   * daemons take a line with tags for a bad one. Without them, the counters of one family add up to one.
   */
  readonly tags?: boolean;
  /**
   * How histograms and timers are sent:
   *
   * | | dialects | what |
   * |---|---|---|
   * | `d` | dogstatsd (unless given) | every bin, as a distribution of Datadog's |
   * | `h` | dogstatsd | every bin, as a histogram, which the agent summarises per host |
   * | `ms` | both | every bin, as a timer |
   * | `summary` | both (statsd unless given) | `.count` and `.sum` as counters; `.min`, `.max`, `.mean` and quantiles as gauges |
   *
   * A bin is sent once, with a sample rate in place of its count. The original daemon scales only its count by the
   * rate, not its sum, mean and percentiles: to version 0.9, 300 samples of 1.25 ms, 7 of 0.1 s and one of 2 s are a
   * count of 308, but the values 1.248, 104.8 and 2049 once each. So there the default is `summary`.
   */
  readonly distributions?: 'd' | 'h' | 'ms' | 'summary';
  /**
   * The quantiles of a summary, 0 to 1; 0.5, 0.9, 0.99 and 0.999 unless given. Their names are `p50`, `p99`, `p999`;
   * 0.025 is `p2_5`. Two of one name are refused.
   */
  readonly quantiles?: readonly number[];
  /** Whether counters and gauges carry the time of the pass (DogStatsD 1.3), which then bypass the agent's aggregation. */
  readonly timestamps?: boolean;
}

/** The same, complete. */
export type StatsdSettings = Required<Omit<StatsdOptions, 'path'>> & {
  readonly path: string | undefined;
  /** Whether each packet is told with its length, as Datadog's agent wants it on a stream socket. */
  readonly framed: boolean;
};

/** The largest payload of a UDP datagram over IPv4: 65,535 less the headers. */
const largest = 65_507;
/** The largest packet that Datadog's agent takes unless it is configured (`dogstatsd_buffer_size`), in bytes. */
const agentBuffer = 8192;

/** Checks what the host gave to `statsd`. */
export function statsdSettings(options: StatsdOptions): StatsdSettings {
  const framed = options?.dialect === 'dogstatsd' && options.path !== undefined;
  checkOptions('statsd', options, {
    dialect: oneOf('statsd', 'dogstatsd'),
    ...endpointRules,
    prefix: text,
    maxPacketBytes: integerFrom(64, framed ? agentBuffer : largest),
    tags: flag,
    distributions:
      options?.dialect === 'dogstatsd' ? oneOf('d', 'h', 'ms', 'summary') : oneOf('ms', 'summary'),
    quantiles: quantilesRule,
    timestamps:
      options?.dialect === 'dogstatsd'
        ? flag
        : [(value) => value === false, 'false; they are of dialect dogstatsd'],
  });
  const dialect = options.dialect ?? 'statsd';
  const dog = dialect === 'dogstatsd';
  const protocol = options.path === undefined ? (options.protocol ?? 'udp') : 'tcp';
  return {
    dialect,
    protocol,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 8125,
    path: options.path,
    framed,
    prefix: prefixOf(options.prefix),
    maxPacketBytes: options.maxPacketBytes ?? (framed ? agentBuffer : protocol === 'udp' ? 1432 : largest),
    tags: options.tags ?? dog,
    distributions: options.distributions ?? (dog ? 'd' : 'summary'),
    quantiles: options.quantiles ?? [0.5, 0.9, 0.99, 0.999],
    timestamps: options.timestamps ?? false,
  };
}
