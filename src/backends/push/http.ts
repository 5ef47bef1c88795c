import type { Temporality } from '../../collect/snapshot.js';
import { MetricsError } from '../../errors.js';
import type { Backend } from '../../flush/backend.js';
import type { Judge } from '../../transport/request.js';
import { httpSender } from '../../transport/sender.js';
import type { Rule } from '../options.js';
import type { PayloadEncoder } from './encoder.js';

/** What a backend that sends by HTTP is made of. */
export interface HttpBackendParts {
  readonly name: string;
  readonly url: URL;
  readonly method?: 'PUT' | 'POST';
  /** What the body is. */
  readonly contentType: string;
  /** Headers of the backend's own and of the host, which override each other in this order. */
  readonly headers?: readonly (Readonly<Record<string, string>> | undefined)[];
  /** Whether the server is known to read compressed bodies. */
  readonly gzip: boolean;
  readonly temporality: Temporality;
  readonly encoder: PayloadEncoder;
  readonly judge: Judge;
  /** The body of a payload without samples, where the format has one. */
  readonly probe?: string | Uint8Array;
  /** Where it sends to, for people, without what opens it; the URL without its query unless given. */
  readonly redact?: (url: URL) => string;
  /** Certificates in PEM that alone are trusted. */
  readonly ca?: string | readonly string[] | undefined;
}

/** Makes a backend that sends payloads by HTTP, and lets `judge` say what a reply means. */
export function httpBackend(parts: HttpBackendParts): Backend {
  const { name, url, method = 'POST', gzip, temporality, encoder, judge, probe, ca } = parts;
  const { redact = ({ origin, pathname }) => origin + pathname } = parts;
  const cumulative = temporality === 'cumulative';
  const headers = headersOf({ 'content-type': parts.contentType }, ...(parts.headers ?? []));
  const request = { url: url.href, method, headers, gzip };
  const sender = httpSender({ ca: ca === undefined ? undefined : [ca].flat(), keepAlive: cumulative });
  return {
    name,
    target: redact(url),
    temporality,
    onUnknown: cumulative ? 'resend' : 'drop',
    ...(probe !== undefined && { probe }),
    encode: (snapshot, drop, due) => encoder.encode(snapshot, drop, due),
    send: ({ body }, signal) => sender.send({ ...request, body }, signal, judge),
    close: () => sender.close(),
  };
}

/** Headers by names in lower case; later ones override. */
function headersOf(
  ...given: readonly (Readonly<Record<string, string>> | undefined)[]
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const some of given) {
    new Headers(some).forEach((value, name) => {
      headers[name] = value;
    });
  }
  return headers;
}

/** More headers for every request. A length that is not the body's would make the server wait, or cut the body off. */
export const headersRule: Rule = [
  (headers: Record<string, string>) => {
    try {
      const legal = new Headers(headers);
      return typeof headers === 'object' && headers !== null && !legal.has('content-length');
    } catch {
      return false;
    }
  },
  'an object of legal header names and values, without content-length',
];

/**
 * Checks a URL that the host gave.
 * @param expected what it must be, for people, with an example
 * @throws MetricsError `invalid_url`
 */
export function httpUrl(backend: string, given: unknown, expected: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(String(given));
  } catch {
    // Told below.
  }
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new MetricsError('invalid_url', `${backend}: url must be ${expected}.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new MetricsError(
      'invalid_url',
      `${backend}: url must not hold a user or password; use the option headers.`,
    );
  }
  return url;
}
