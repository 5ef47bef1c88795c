import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { absent } from './absent.js';
import { failure, late } from './failure.js';
import { hostOf, identityError, isAddress } from './identity.js';
import { abortableLookup } from './lookup.js';
import type { SendResult } from './outcome.js';
import { readReply } from './reply.js';
import type { HttpRequest, Judge } from './request.js';

/**
 * How long a connection is kept for the next payload, in milliseconds: within a pass, not until the next one. A server
 * that gives up an idle connection at the moment it is used again leaves it unknown whether it took the request.
 */
const idle = 1000;

/** How connections are made. */
export interface ConnectionOptions {
  /** Certificates in PEM. Where given, only they can be the root of the server's chain. */
  readonly ca?: readonly string[] | undefined;
  /** Whether the payloads of a pass share a connection. Not where a payload must not be sent twice. */
  readonly keepAlive: boolean;
}

type Modules = readonly [
  http: typeof import('node:http'),
  https: typeof import('node:https'),
  tls: typeof import('node:tls'),
];

/** Loads Node.js' own client. Rejects where there is none. */
export async function nodeHttp(options: ConnectionOptions): Promise<NodeHttp> {
  const modules = [
    import(/* webpackIgnore: true */ 'node:http').catch(absent),
    import(/* webpackIgnore: true */ 'node:https').catch(absent),
    import(/* webpackIgnore: true */ 'node:tls').catch(absent),
  ] as const;
  return new NodeHttp(await Promise.all(modules), options);
}

/**
 * Sends by Node.js' own client, whose sockets tell what `fetch` does not: whether a byte of the request can have left when
 * a connection failed. A request keeps the process alive, a connection that waits for the next one does not.
 */
export class NodeHttp {
  readonly #modules: Modules;
  readonly #ca: readonly string[] | undefined;
  readonly #agents: Readonly<Record<'http:' | 'https:', Agent>>;

  constructor(modules: Modules, { ca, keepAlive }: ConnectionOptions) {
    this.#modules = modules;
    this.#ca = ca;
    const [http, https] = modules;
    const connections = { keepAlive, timeout: idle };
    // Not left to NODE_TLS_REJECT_UNAUTHORIZED. In a session that is resumed, the certificate would not be looked at again.
    const trust = ca && { ca: [...ca], rejectUnauthorized: true, maxCachedSessions: 0 };
    this.#agents = {
      'http:': new http.Agent({ ...connections, ...proxyOf(http.globalAgent) }),
      'https:': new https.Agent({ ...connections, ...trust, ...proxyOf(https.globalAgent) }),
    };
  }

  /** Sends a request once. Never rejects; redirects are not followed. */
  async send(message: HttpRequest, signal: AbortSignal, judge: Judge): Promise<SendResult> {
    const phase = { begun: false };
    try {
      const lookup = await abortableLookup(signal);
      if (signal.aborted) return late(false);
      return judge(await this.#exchange(message, { signal, lookup }, phase));
    } catch (error) {
      return failure(error, signal, phase.begun);
    }
  }

  /** Ends the connections that wait. Later sends open others. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #exchange(
    { url, method, headers, body }: HttpRequest,
    more: RequestOptions,
    phase: { begun: boolean },
  ): Promise<Parameters<Judge>[0]> {
    const target = new URL(url);
    const [http, https] = this.#modules;
    const secure = target.protocol === 'https:';
    const options = {
      ...more,
      ...(secure && this.#identity(target)),
      method,
      headers: { ...headers },
      agent: this.#agents[secure ? 'https:' : 'http:'],
    };
    const request = (secure ? https : http).request(target, options);
    try {
      const response = await responseOf(
        request,
        body,
        secure ? 'secureConnect' : 'connect',
        phase,
        more.signal,
      );
      const header = (name: string): string | undefined => {
        const value = response.headers[name];
        return typeof value === 'string' ? value : undefined;
      };
      const reply = await readReply(response.statusCode as number, header, response);
      // A server that says yes before it has read all goes on reading, and has not got what is cut off.
      if (reply.status < 300) await written(request);
      return reply;
    } finally {
      // One that refuses leaves the rest of the body waiting, which would keep the process alive.
      if (!request.writableFinished) request.destroy();
    }
  }

  /** How the server's name is checked where its CA is the host's own. */
  #identity(target: URL): RequestOptions | undefined {
    if (this.#ca === undefined) return undefined;
    const host = hostOf(target);
    const [, , tls] = this.#modules;
    return {
      // A name of one's own in the headers is for the server to read, not for the certificate to prove.
      servername: isAddress(host) ? '' : host,
      checkServerIdentity: (_, certificate) => identityError(host, certificate, tls.checkServerIdentity),
    };
  }
}

/** The proxy that the environment names, which Node.js 24 and later gives its own agents (`NODE_USE_ENV_PROXY`). */
function proxyOf(agent: Agent): object {
  const { options } = agent as { readonly options?: { readonly proxyEnv?: unknown } };
  return options?.proxyEnv === undefined ? {} : { proxyEnv: options.proxyEnv };
}

/**
 * Writes a request and waits for the head of the response.
 * @param ready the socket's event after which the request is written; what fails before it was not sent
 */
function responseOf(
  request: ClientRequest,
  body: string | Uint8Array,
  ready: 'connect' | 'secureConnect',
  phase: { begun: boolean },
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Of a tunnel through a proxy that never answers, Node.js does not tell.
    signal?.addEventListener('abort', reject);
    const begin = (): void => {
      phase.begun = true;
    };
    request.once('socket', (socket) => {
      // One that stands already was used before.
      if (socket.connecting) socket.once(ready, begin);
      else begin();
    });
    request.once('response', resolve);
    // After the response, errors are its reader's, which hears of them by itself.
    request.on('error', reject);
    request.once('close', () => {
      signal?.removeEventListener('abort', reject);
      reject(new Error('the connection was closed without an answer'));
    });
    request.end(body);
  });
}

/** Until the system has taken all of a request. Rejects where the connection ends before. */
function written(request: ClientRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    if (request.writableFinished) return resolve();
    const cut = (): void => reject(new Error('the connection was closed before all was sent'));
    if (request.destroyed) return cut();
    // What a broken connection leaves unsent counts as finished, too.
    const finished = (): void => (request.socket?.destroyed === false ? resolve() : cut());
    request.once('finish', finished).once('close', cut);
  });
}
