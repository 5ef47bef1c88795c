import type { Agent } from 'node:https';
import { failure, late } from './failure.js';
import type { HttpRequest, Judge } from './http.js';
import { hostOf, identityError, isAddress } from './identity.js';
import type { SendResult } from './outcome.js';
import { readReply } from './reply.js';

/**
 * How long a connection is kept for the next payload, in milliseconds: within a pass, not until the next one. A server
 * that gives up an idle connection at the moment it is used again leaves it unknown whether it took the request.
 */
const idle = 1000;

type Modules = readonly [https: typeof import('node:https'), tls: typeof import('node:tls')];

/**
 * Loads what only Node.js has; rejects elsewhere.
 * @param ca certificates in PEM, any of which may be the root of the server's chain
 */
export async function httpsTransport(ca: readonly string[]): Promise<HttpsTransport> {
  // Bundlers for other runtimes let pass what cannot be found, if it is caught.
  const absent = (error: unknown): never => {
    throw error;
  };
  const modules = [import('node:https').catch(absent), import('node:tls').catch(absent)] as const;
  return new HttpsTransport(await Promise.all(modules), ca);
}

/**
 * Sends by HTTPS to a server whose certificate is from a CA that the host names, by Node.js' own client, since `fetch`
 * cannot be told of one. Only that CA counts: neither those that the system trusts, nor `NODE_EXTRA_CA_CERTS`. A
 * request keeps the process alive, a connection that waits for the next one does not.
 */
export class HttpsTransport {
  readonly #modules: Modules;
  readonly #agent: Agent;

  constructor(modules: Modules, ca: readonly string[]) {
    this.#modules = modules;
    const [{ Agent }] = modules;
    this.#agent = new Agent({
      ca: [...ca],
      keepAlive: true,
      timeout: idle,
      // Not left to NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: true,
      // In a session that is resumed, the certificate would not be looked at again.
      maxCachedSessions: 0,
    });
  }

  /** Sends a request once, as `httpSend` does. Never rejects. */
  async send(
    { url, method, headers, body }: HttpRequest,
    signal: AbortSignal,
    judge: Judge,
  ): Promise<SendResult> {
    if (signal.aborted) return late(false);
    // The request goes out with the end of the handshake; what fails before it was not sent.
    let begun = false;
    const [https, tls] = this.#modules;
    try {
      return await new Promise<SendResult>((resolve, reject) => {
        const target = new URL(url);
        const host = hostOf(target);
        const request = https.request(target, {
          method,
          headers: { ...headers },
          agent: this.#agent,
          signal,
          // A name of one's own in the headers is for the server to read, not for the certificate to prove.
          servername: isAddress(host) ? '' : host,
          checkServerIdentity: (_, certificate) => identityError(host, certificate, tls.checkServerIdentity),
        });
        let answered = false;
        request.once('socket', (socket) => {
          begun = request.reusedSocket;
          socket.once('secureConnect', () => {
            begun = true;
          });
        });
        request.once('response', (response) => {
          answered = true;
          const header = (name: string): string | undefined => {
            const value = response.headers[name];
            return typeof value === 'string' ? value : undefined;
          };
          readReply(response.statusCode as number, header, response)
            .then(judge)
            .then(resolve, reject);
        });
        request.on('error', (error) => {
          if (!answered) reject(error);
        });
        request.end(body);
      });
    } catch (error) {
      return failure(error, signal, begun);
    }
  }

  /** Ends the connections. Later sends open others. */
  close(): void {
    this.#agent.destroy();
  }
}
