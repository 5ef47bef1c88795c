import { MetricsError } from '../errors.js';
import type { Answer, Endpoint } from './endpoint.js';
import { type Asked, splitTarget } from './exchange.js';

/** What a handler needs of Node.js' `http.IncomingMessage`. */
export interface NodeRequest {
  /** The request's method. */
  readonly method?: string | undefined;
  /** The path and the query, as they stand on the request line. */
  readonly url?: string | undefined;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What a handler needs of Node.js' `http.ServerResponse`. */
export interface NodeResponse {
  /** Whether the host has answered already. */
  readonly headersSent: boolean;
  /** Whether the reader is gone. */
  readonly destroyed: boolean;
  /** Begins the answer. */
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** Goes on with it; false: wait for `drain`. */
  write(chunk: string | Uint8Array): boolean;
  /** Ends it. */
  end(): unknown;
  /** Breaks it off. */
  destroy(): unknown;
  /** Tells what becomes of the connection. */
  on(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
}

/** What a handler needs of Fastify's reply, which does not write itself. */
export interface FastifyReply {
  /** The response of Node.js. */
  readonly raw: NodeResponse;
  /** Tells Fastify that somebody else answers. */
  hijack(): unknown;
  /** What hooks have set. */
  getHeaders(): Readonly<Record<string, unknown>>;
}

interface SettingHeaders {
  setHeader(name: string, value: unknown): unknown;
}

/**
 * Serves a request of Node.js' `http`, and of what is built on it, such as Express; or of Fastify. Never rejects.
 * @throws MetricsError `invalid_option`, at once: it was given something else. The message has the line to write
 */
export interface Handler {
  /** In Fastify. */
  (request: NodeRequest, reply: FastifyReply): Promise<void>;
  /** Everywhere else. */
  (request: NodeRequest, response: NodeResponse): Promise<void>;
}

/** How long a reader may take nothing before it is cut off, in milliseconds. */
const patience = 30_000;

/**
 * Serves one request in Node.js' convention. Settles when the answer is out or the reader gone; never rejects.
 * @throws MetricsError `invalid_option`, at once: what it was given is not Node.js', nor Fastify's
 */
export function serveNode(
  endpoint: Endpoint,
  request: NodeRequest,
  response: NodeResponse | FastifyReply,
): Promise<void> {
  return serve(endpoint, request, responseOf(endpoint, request, response));
}

/** The response to write to, which a framework may have within its own. */
function responseOf(
  { what }: Endpoint,
  request: NodeRequest | undefined,
  response: NodeResponse | FastifyReply | undefined,
): NodeResponse {
  if (isFastify(response)) {
    response.hijack();
    for (const [name, value] of Object.entries(response.getHeaders()))
      (response.raw as NodeResponse & SettingHeaders).setHeader(name, value);
    return response.raw;
  }
  if (typeof request?.headers === 'object' && isResponse(response)) return response;
  throw new MetricsError(
    'invalid_option',
    `${what}: handler takes the request and the response of Node.js, Express or Fastify. In Koa write ctx.respond = false; await scrape.handler(ctx.req, ctx.res). In Hono, Bun and Deno use scrape.fetch(request).`,
  );
}

function isFastify(response: NodeResponse | FastifyReply | undefined): response is FastifyReply {
  const { raw, hijack } = (response ?? {}) as Partial<FastifyReply>;
  return typeof hijack === 'function' && isResponse(raw);
}

function isResponse(response: unknown): response is NodeResponse {
  const { writeHead, write, end, on } = (response ?? {}) as Partial<NodeResponse>;
  return [writeHead, write, end, on].every((method) => typeof method === 'function');
}

async function serve(endpoint: Endpoint, request: NodeRequest, response: NodeResponse): Promise<void> {
  try {
    const answer = endpoint.answer(askedOf(request));
    await send(answer, response, request);
  } catch {
    // The answer broke off, or the host had used the response before. A reader must not take it for whole.
    try {
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-length': '0' });
      response.end();
    } catch {
      // Then there is nobody left to tell.
    }
  }
}

function askedOf(request: NodeRequest): Asked {
  const { method = '', headers } = request;
  // Where a framework has taken off the path that it knows the handler by, it keeps the whole one beside.
  const { originalUrl } = request as { readonly originalUrl?: unknown };
  const target = typeof originalUrl === 'string' ? originalUrl : (request.url ?? '');
  const header = (name: string): string => {
    const value = headers[name];
    return value === undefined || typeof value === 'string' ? (value ?? '') : value.join(', ');
  };
  let headersLength = 0;
  for (const name of Object.keys(headers)) headersLength += name.length + header(name).length;
  return { ...splitTarget(target), method, header, headersLength };
}

async function send({ head, body }: Answer, response: NodeResponse, request: NodeRequest): Promise<void> {
  let wake = (): void => {};
  // One listener for each event, so that a long answer does not pile them up.
  let gone = response.destroyed;
  response.on('close', () => {
    gone = true;
    wake();
  });
  response.on('drain', () => wake());
  // Without a listener the reader's fault would be an exception of the host's.
  response.on('error', () => wake());
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        response.destroy();
        resolve();
      }, patience);
      (timer as { unref?: () => void }).unref?.();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  try {
    // Made before the head is sent, so that what fails at once is a 500.
    let next = await body.next();
    if (gone) return;
    // A body is never read; the connection is of no use behind one.
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    const unread = (length !== undefined && length !== '0') || coding !== undefined;
    response.writeHead(head.status, { ...head.headers, ...(unread && { connection: 'close' }) });
    for (; !next.done; next = await body.next()) {
      // Asked first: what is written to a reader that has gone is never drained.
      if (gone || response.destroyed) return;
      if (!response.write(next.value)) await drained();
    }
    response.end();
  } finally {
    await body.return();
  }
}
