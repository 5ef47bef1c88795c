import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { JsonError } from './json.js';
import { BodyError, submissions } from './reader.js';
import { type Received, store } from './state.js';

/**
 * An HTTPTrap check in miniature. It takes what a Circonus broker takes, answers as one does, and keeps the latest
 * of every metric. It shares no code with circmetrics, on purpose: it is the stranger who has to understand.
 *
 * One thing it is stricter about: a body that ends too early is refused, where the broker takes the part it got.
 */
export interface Trap {
  /** Where to push to: `http://127.0.0.1:<port>/module/httptrap/<uuid>/<secret>`. */
  readonly url: string;
  /** The latest of every metric, by its full name. A live view. */
  metrics(): ReadonlyMap<string, Received>;
  /** Called after each body that was taken, with what it brought; returns a function that ends the calls. */
  onPush(listener: (push: Push) => void): () => void;
  /** Ends the server and its connections. */
  close(): Promise<void>;
}

export interface Push {
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  /** The size of the body as it was sent. */
  readonly bytes: number;
  /** Values read from it, and how many of them were left out. */
  readonly stats: number;
  readonly filtered: number;
}

export interface TrapOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly uuid?: string;
  readonly secret?: string;
}

/** Bytes in a body, before and after decompression; a guard for the demo, the broker knows none. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** A refusal: the status to answer with, and why. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    reason: string,
  ) {
    super(reason);
  }
}

export async function startTrap(options: TrapOptions): Promise<Trap> {
  const { port, uuid = '00000000-0000-4000-8000-000000000000', secret = 'demo' } = options;
  const metrics = new Map<string, Received>();
  const listeners = new Set<(push: Push) => void>();

  const server = createServer((request, response) => {
    take(request).then(
      (push) => {
        answer(response, 200, { stats: push.stats, filtered: push.filtered });
        for (const listener of listeners) listener(push);
      },
      (error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal error');
        answer(response, refusal.status, { error: refusal.message });
      },
    );
  });

  async function take(request: IncomingMessage): Promise<Push> {
    checkAddress(request, uuid, secret);
    const sent = await bodyOf(request);
    const body = await unpack(sent, request.headers['content-encoding']);
    const at = Date.now();
    let [stats, filtered] = [0, 0];
    try {
      for (const submission of submissions(body.toString('utf8'))) {
        stats += submission.values.length;
        if (!store(metrics, submission, at)) filtered += submission.values.length;
      }
    } catch (error) {
      throw error instanceof JsonError || error instanceof BodyError
        ? new Refusal(406, error.message)
        : error;
    }
    return { at, bytes: sent.length, stats, filtered };
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/module/httptrap/${uuid}/${secret}`,
    metrics: () => metrics,
    onPush(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The way in is the path: `/module/httptrap/<uuid>/<secret>`, and whatever comes behind it. */
function checkAddress(request: IncomingMessage, uuid: string, secret: string): void {
  const [, module, kind, givenUuid, givenSecret] = (request.url ?? '').split(/[/?#]/);
  if (module !== 'module' || kind !== 'httptrap' || givenSecret === undefined)
    throw new Refusal(404, 'bad uri');
  if (request.method !== 'PUT' && request.method !== 'POST') throw new Refusal(404, 'bad method');
  if (givenUuid?.toLowerCase() !== uuid.toLowerCase()) throw new Refusal(404, 'no such check');
  if (givenSecret !== secret) throw new Refusal(403, 'secret mismatch');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read to its end all the same, for the sender reads no answer before.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) throw new Refusal(406, 'the body is too large');
  return Buffer.concat(chunks);
}

async function unpack(body: Buffer, encoding = 'identity'): Promise<Buffer> {
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') throw new Refusal(406, `cannot read a body in ${encoding}`);
  try {
    return await promisify(gunzip)(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch {
    throw new Refusal(406, 'the body is not the gzip it is said to be');
  }
}

/** Like the broker, which ends the connection after each answer. */
function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(body)}\n`);
}
