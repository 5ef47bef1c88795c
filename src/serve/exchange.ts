import type { Lock } from './access.js';

/** A request in neither convention: what both have of it. Its body is never looked at. */
export interface Asked {
  readonly method: string;
  /** The path as it stands on the request line, without the query. */
  readonly path: string;
  /** What stands behind the `?`. */
  readonly query: string;
  /** Characters of the request line's path and query. */
  readonly length: number;
  /** A header by its name in lower case; empty if there is none. */
  readonly header: (name: string) => string;
  /** Characters of all headers. */
  readonly headersLength: number;
}

/** A status and what comes with it. */
export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

// Longer than any scraper's, and short enough that looking at them costs nothing.
const longestUrl = 8_192;
const longestHeaders = 16_384;

/** What is sent with every answer: numbers of a moment, for nobody's cache. */
export const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Why a request gets no metrics; `undefined` where it does. Reveals nothing that only a reader may know. */
export function refusal(asked: Asked, lock: Lock): Head | undefined {
  if (asked.length > longestUrl) return head(414);
  if (asked.headersLength > longestHeaders) return head(431);
  const wrong = lock.refuses(asked.path, asked.header('authorization'));
  if (asked.method !== 'GET' && asked.method !== 'HEAD') return head(405, { allow: 'GET, HEAD' });
  if (wrong === 'path') return head(404);
  return wrong === undefined ? undefined : head(401, { 'www-authenticate': lock.challenge });
}

function head(status: number, headers: Readonly<Record<string, string>> = {}): Head {
  return { status, headers: { ...always, 'content-length': '0', ...headers } };
}

/** Splits a request's target, `/path?query`, or a whole URL as proxies send it. */
export function splitTarget(target: string): Pick<Asked, 'path' | 'query' | 'length'> {
  const at = target.indexOf('?');
  const path = (at < 0 ? target : target.slice(0, at)).replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
  return { path, query: at < 0 ? '' : target.slice(at + 1), length: target.length };
}

/** One thing of a header that lists several with preferences: `text/plain;version=0.0.4;q=0.5`. */
export interface Preference {
  /** In lower case. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1; 0 is a refusal. */
  readonly weight: number;
}

/** The things that a header lists, the preferred ones first. */
export function preferences(header: string): Preference[] {
  const all = header.split(',').map((item): Preference => {
    const [name = '', ...rest] = item.split(';').map((part) => part.trim());
    const parameters = new Map(
      rest.map((part) => {
        const [key = '', value = ''] = part.split('=').map((side) => side.trim());
        return [key.toLowerCase(), value.replace(/^"(.*)"$/, '$1')] as const;
      }),
    );
    const weight = Number(parameters.get('q') ?? 1);
    return { name: name.toLowerCase(), parameters, weight: weight >= 0 && weight <= 1 ? weight : 0 };
  });
  return all.filter(({ name }) => name !== '').sort((a, b) => b.weight - a.weight);
}

/** Whether an `Accept-Encoding` wants gzip. */
export function acceptsGzip(header: string): boolean {
  const listed = preferences(header);
  const gzip =
    listed.find(({ name }) => name === 'gzip' || name === 'x-gzip') ??
    listed.find(({ name }) => name === '*');
  return gzip !== undefined && gzip.weight > 0;
}
