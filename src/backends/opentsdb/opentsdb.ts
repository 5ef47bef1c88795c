import type { Backend } from '../../flush/backend.js';
import { checkOptions, endpointRules, integerFrom, oneOf } from '../options.js';
import { SeriesEncoder } from '../push/encoder.js';
import { hostName } from '../push/host.js';
import { headersRule, httpBackend, httpUrl } from '../push/http.js';
import { type PointOptions, pointRules, pointSettings } from '../push/point-options.js';
import { Points } from '../push/points.js';
import { socketBackend } from '../push/socket.js';
import { json, pointNames, put } from './format.js';
import { judge } from './judge.js';

/** Options of {@link opentsdb}. */
export interface OpentsdbOptions extends PointOptions {
  /** Where the HTTP API is: `http://tsdb.example.com:4242`; `/api/put?details` is added. In place of host and port. */
  readonly url?: string | URL;
  /** Where the telnet-style protocol is, by TCP; `127.0.0.1` unless given. */
  readonly host?: string;
  /** 4242, unless given. */
  readonly port?: number;
  /**
   * The unit of time stamps. Unless given, `ms` by HTTP, and `s` by telnet, where not every receiver knows milliseconds from
   * seconds: VictoriaMetrics takes them for a time in the far future.
   */
  readonly precision?: 'ms' | 's';
  /** How many tags a series may have: 8, unless given, which is the server's default (`tsd.storage.max_tags`). */
  readonly maxTags?: number;
  /** More headers for every HTTP request. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The largest body in bytes, before it is compressed: 64 or more. Unless given, 4,096 by HTTP, because servers refuse
   * larger requests unless they are configured for chunks, and 65,536 by telnet.
   */
  readonly maxPayloadBytes?: number;
}

/**
 * Sends points to OpenTSDB, and to what takes its protocols: VictoriaMetrics, InfluxDB 1, KairosDB, Bosun. With `url` by
 * HTTP, whose reply says which points were refused; otherwise by the telnet-style protocol, which has no reply.
 * A series without tags gets the tag `host`, because OpenTSDB wants one.
 * @throws MetricsError `invalid_option`, `invalid_url`
 */
export function opentsdb(options: OpentsdbOptions = {}): Backend {
  const http = options?.url !== undefined;
  checkOptions('opentsdb', options, {
    ...pointRules,
    url: [() => options.host === undefined && options.port === undefined, 'given without host and port'],
    host: endpointRules.host,
    port: endpointRules.port,
    precision: oneOf('ms', 's'),
    maxTags: integerFrom(1),
    headers: http ? headersRule : [() => false, 'given with url only'],
    maxPayloadBytes: integerFrom(64),
  });
  const settings = pointSettings(options);
  const { temporality, prefix } = settings;
  const { maxTags = 8, maxPayloadBytes: limit = http ? 4096 : 65_536 } = options;
  const step = (options.precision ?? (http ? 'ms' : 's')) === 's' ? 1000 : 1;
  const untagged = [['host', hostName()]] as const;
  const encoder = new SeriesEncoder(
    new Points({
      ...settings,
      frame: http ? { open: '[', separator: ',', close: ']' } : { open: '', separator: '', close: '' },
      limit,
      nameOf: (sample) => pointNames(sample, prefix, untagged, maxTags),
      point: (name, value, at) => (http ? json : put)(name, value, Math.floor(at / step)),
    }),
  );
  const { host = '127.0.0.1', port = 4242 } = options;
  if (!http)
    return socketBackend({
      name: 'opentsdb',
      endpoint: { protocol: 'tcp', host, port },
      temporality,
      encoder,
    });
  const url = httpUrl('opentsdb', options.url, "the server's URL, such as http://127.0.0.1:4242");
  url.pathname = url.pathname.replace(/(\/api\/put)?\/?$/, '/api/put');
  url.searchParams.set('details', '');
  const contentType = 'application/json';
  const headers = [options.headers];
  return httpBackend({
    name: 'opentsdb',
    url,
    contentType,
    headers,
    gzip: true,
    temporality,
    encoder,
    judge,
    probe: '[]',
  });
}
