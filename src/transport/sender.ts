import { late } from './failure.js';
import { compressed } from './gzip.js';
import { type HttpRequest, httpSend, type Judge } from './http.js';
import type { HttpsTransport } from './https.js';
import type { SendResult } from './outcome.js';

/** What carries a backend's requests. */
export interface HttpSender {
  /** Sends a request once, compressed where its body is large. Never rejects. */
  send(request: HttpRequest, signal: AbortSignal, judge: Judge): Promise<SendResult>;
  /** Lets go of connections of its own. */
  close(): void;
}

/**
 * Sends by `fetch`, or, to servers with a CA of their own, by what only Node.js has. That is loaded with the first
 * request, so that whoever names no CA can be in any runtime.
 * @param ca certificates in PEM
 */
export function httpSender(ca?: readonly string[]): HttpSender {
  let secure: HttpsTransport | undefined;
  return {
    async send(request, signal, judge) {
      const ready = await compressed(request);
      if (ca === undefined) return httpSend(ready, signal, judge);
      try {
        secure ??= await (await import('./https.js')).httpsTransport(ca);
      } catch (error) {
        const { message } = error as Error;
        return {
          outcome: 'failed',
          code: 'no_https',
          message: `a CA of one's own needs node:https: ${message}`,
        };
      }
      return signal.aborted ? late(false) : secure.send(ready, signal, judge);
    },
    close: () => secure?.close(),
  };
}
