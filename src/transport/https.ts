import { Agent, request as open } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { failure, late } from './failure.js';
import type { HttpRequest, Judge } from './http.js';
import type { SendResult } from './outcome.js';
import { readReply } from './reply.js';

/**
 * How long a connection is kept for the next payload, in milliseconds: within a pass, not until the next one. A server
 * that gives up an idle connection at the moment it is used again leaves it unknown whether it took the request.
 */
const idle = 1000;

/**
 * Sends by HTTPS to a server whose certificate is from a CA that the host names, by Node.js' own client, since `fetch`
 * cannot be told of one. Only that CA counts: neither those that the system trusts, nor `NODE_EXTRA_CA_CERTS`. A
 * request keeps the process alive, a connection that waits for the next one does not.
 */
export class HttpsTransport {
  readonly #agent: Agent;

  /** @param ca certificates in PEM, any of which may be the root of the server's chain */
  constructor(ca: readonly string[]) {
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
    try {
      return await new Promise<SendResult>((resolve, reject) => {
        const target = new URL(url);
        const host = hostOf(target);
        const request = open(target, {
          method,
          headers: { ...headers },
          agent: this.#agent,
          signal,
          // A name of one's own in the headers is for the server to read, not for the certificate to prove.
          servername: isIP(host) === 0 ? host : '',
          checkServerIdentity: (_, certificate) => identityError(host, certificate),
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

/** The host of a URL as certificates name it: no brackets around an IPv6 address, no dot at the end. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/**
 * Why a certificate whose chain is in order is not that of a host; undefined where it is. It is, if one of its subject
 * alternative names (SAN) is the host's, or if it has none at all and its common name (CN) is: the certificates of
 * Circonus' brokers have a CN only. Node.js itself looks at the CN as well where a SAN is there that names no host, and
 * does not take an address in the CN.
 */
export function identityError(host: string, certificate: PeerCertificate): Error | undefined {
  const { subject, subjectaltname } = certificate;
  let names = subjectaltname;
  if (names !== undefined) {
    // Without its subject, there is no CN to fall back on.
    const nameless = { ...certificate, subject: {} } as PeerCertificate;
    if (checkServerIdentity(host, nameless) === undefined) return undefined;
  } else {
    // Several, if the subject has several.
    const commonNames = [subject?.CN ?? []].flat();
    if (commonNames.some((name) => isNameOf(name, host))) return undefined;
    names = commonNames.map((name) => `CN:${name}`).join(', ');
  }
  const error = new Error(`the server's certificate is for ${names || 'no name'}, not for ${host}`);
  return Object.assign(error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

/** Whether a CN names a host: exactly, or with `*` for its first label, if two or more follow. */
function isNameOf(commonName: string, host: string): boolean {
  const name = commonName.toLowerCase();
  if (isIP(host) !== 0) return isIP(name) === isIP(host) && address(name) === address(host);
  const wanted = host.toLowerCase();
  if (name === wanted) return true;
  if (!/^\*(\.[^.*]+){2,}$/.test(name)) return false;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot) === name.slice(1);
}

/** An address in the one form that it has in URLs. */
function address(ip: string): string {
  return isIP(ip) === 6 ? new URL(`https://[${ip}]`).hostname : ip;
}
