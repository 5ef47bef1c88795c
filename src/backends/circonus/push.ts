import type { Temporality } from '../../collect/snapshot.js';
import { MetricsError } from '../../errors.js';
import type { Backend, SendResult } from '../../flush/backend.js';
import { type HttpReply, httpSend } from '../../transport/http.js';
import { checkOptions, integerFrom, oneOf } from '../options.js';
import { TrapEncoder } from './encode.js';

/** Options of {@link circonus}. */
export interface CirconusOptions {
  /** The HTTPTrap check's submission URL, with its secret: `https://broker:43191/module/httptrap/<uuid>/<secret>`. */
  readonly url: string | URL;
  /**
   * `cumulative`, unless given: totals, with histograms of type `H`; a payload that is sent again cannot count twice.
   * `delta`: differences, with histograms of type `h`.
   */
  readonly temporality?: Temporality;
  /** More headers for every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The largest request body in bytes, 64 or more; 262,144 unless given. */
  readonly maxPayloadBytes?: number;
}

/** What the broker says of a payload, as it stands in `flusher.status().reply`. */
export interface TrapReply {
  /** How many values it counted. */
  readonly stats?: number;
  /** How many values the check's filter rejected. */
  readonly filtered?: number;
  /** Its own words, for example of a name that is too long. */
  readonly error?: string;
}

/**
 * Pushes to a Circonus HTTPTrap check.
 * @throws MetricsError `invalid_url`, `invalid_option`
 */
export function circonus(options: CirconusOptions): Backend {
  const { temporality = 'cumulative', headers = {}, maxPayloadBytes = 262_144 } = checked(options);
  const url = trapUrl(options.url);
  const encoder = new TrapEncoder(maxPayloadBytes);
  return {
    name: 'circonus',
    target: redacted(url),
    temporality,
    // Totals replace what is there; differences would be added a second time.
    onUnknown: temporality === 'cumulative' ? 'resend' : 'drop',
    encode: (snapshot, drop, due) => encoder.encode(snapshot, drop, due),
    send: ({ body }, signal) =>
      httpSend(
        { url: url.href, method: 'PUT', headers: { 'content-type': 'application/json', ...headers }, body },
        signal,
        judge,
      ),
  };
}

function checked(options: CirconusOptions): CirconusOptions {
  checkOptions('circonus', options, {
    url: [() => true, 'a URL'],
    temporality: oneOf('cumulative', 'delta'),
    headers: [areHeaders, 'an object of legal header names and values'],
    maxPayloadBytes: integerFrom(64),
  });
  return options ?? {};
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

/** What a status means at the broker (reconnoiter, httptrap.c), and at an agent, which answers 204. */
function judge({ status, text }: HttpReply): SendResult {
  const reply = replyOf(text);
  const kept = reply === undefined ? {} : { reply };
  if (status >= 200 && status < 300) return { outcome: 'delivered', ...kept };
  const message = `the server answered ${status}${reply?.error === undefined ? '' : `: ${reply.error}`}`;
  // 404: the check has moved or is not there yet, and nothing was read. Other 4xx will not change; 406 comes after
  // what stands before the error was taken, so that sending again would count twice.
  const later = status === 404 || status === 408 || status === 429 || status >= 500 || status < 400;
  return { outcome: later ? 'failed' : 'rejected', code: String(status), message, ...kept };
}

function replyOf(text: string): TrapReply | undefined {
  try {
    const { stats, filtered, error } = JSON.parse(text) as TrapReply;
    return {
      ...(typeof stats === 'number' && { stats }),
      ...(typeof filtered === 'number' && { filtered }),
      ...(typeof error === 'string' && { error }),
    };
  } catch {
    return undefined;
  }
}
