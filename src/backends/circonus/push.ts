import { must } from '../../checks.js';
import type { Temporality } from '../../collect/snapshot.js';
import { MetricsError } from '../../errors.js';
import type { Backend } from '../../flush/backend.js';
import { httpSender } from '../../transport/sender.js';
import { certificates, checkOptions, integerFrom, oneOf } from '../options.js';
import { TrapEncoder } from './encode.js';
import { judge } from './judge.js';

/** Options of {@link circonus}. */
export interface CirconusOptions {
  /** The HTTPTrap check's submission URL, with its secret: `https://broker:43191/module/httptrap/<uuid>/<secret>`. */
  readonly url: string | URL;
  /**
   * `cumulative`, unless given: totals, with histograms of type `H`; a payload that is sent again cannot count twice.
   * `delta`: differences, with histograms of type `h`.
   */
  readonly temporality?: Temporality;
  /**
   * The CA that the broker's certificate is from, in PEM: one text, or several. Only this CA counts then, and the host's
   * name may stand in the certificate's CN alone, as it does at Circonus' brokers. Their CA is told by the API's
   * `/pki/ca.crt`, as `contents`. Needs Node.js, and a `url` with https. Unless given, what the runtime trusts.
   */
  readonly ca?: string | readonly string[];
  /**
   * More headers for every request. Brokers are sent bodies of more than 1,024 bytes as gzip, of which those from before
   * 2020 read only the beginning: `{ 'content-encoding': 'identity' }` leaves them as they are.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** The largest request body in bytes, before it is compressed: 64 or more; 262,144 unless given. */
  readonly maxPayloadBytes?: number;
}

/**
 * Pushes to a Circonus HTTPTrap check.
 *
 * What the broker may have taken, or not, because the connection broke or no answer came, is settled by the flusher's
 * `onUnknown`: unless given, `resend` for totals, which replace what is there, and `drop` for differences, which would
 * be added a second time.
 * @throws MetricsError `invalid_url`, `invalid_option`
 */
export function circonus(options: CirconusOptions): Backend {
  const { temporality = 'cumulative', ca, maxPayloadBytes = 262_144, ...more } = checked(options);
  const url = trapUrl(more.url);
  must(ca === undefined || url.protocol === 'https:', 'circonus: with ca, url', 'an https URL', url.protocol);
  // An agent on the host, which has other paths, does not read compressed bodies.
  const gzip = url.pathname.includes('/module/httptrap/');
  const request = { url: url.href, method: 'PUT', headers: headersOf(more.headers), gzip } as const;
  const encoder = new TrapEncoder(maxPayloadBytes);
  const sender = httpSender({
    ca: ca === undefined ? undefined : [ca].flat(),
    keepAlive: temporality === 'cumulative',
  });
  return {
    name: 'circonus',
    target: redacted(url),
    temporality,
    onUnknown: temporality === 'cumulative' ? 'resend' : 'drop',
    probe: '{}',
    encode: (snapshot, drop, due) => encoder.encode(snapshot, drop, due),
    send: ({ body }, signal) => sender.send({ ...request, body }, signal, judge),
    close: () => sender.close(),
  };
}

function checked(options: CirconusOptions): CirconusOptions {
  checkOptions('circonus', options, {
    url: [() => true, 'a URL'],
    temporality: oneOf('cumulative', 'delta'),
    ca: certificates,
    headers: [areHeaders, 'an object of legal header names and values'],
    maxPayloadBytes: integerFrom(64),
  });
  return options ?? {};
}

/** The headers of every request, by names in lower case: the host's own instead of ours. */
function headersOf(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  new Headers(given).forEach((value, name) => {
    headers[name] = value;
  });
  return headers;
}

function areHeaders(headers: Record<string, string>): boolean {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
}

function trapUrl(given: unknown): URL {
  const url = parsed(String(given));
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new MetricsError(
      'invalid_url',
      "circonus: url must be the check's submission URL, https://<broker>:43191/module/httptrap/<uuid>/<secret>.",
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new MetricsError(
      'invalid_url',
      'circonus: url must not hold a user or password; use the option headers.',
    );
  }
  return url;
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** The URL without the check's secret, which is all that protects the check. */
function redacted(url: URL): string {
  const path = url.pathname.replace(/(\/module\/httptrap\/[^/]+\/)[^/]+/, '$1…');
  return `${url.origin}${path}`;
}
