import { late } from './failure.js';
import { fetchSend } from './fetch.js';
import { compressed } from './gzip.js';
import type { ConnectionOptions, NodeHttp } from './node-http.js';
import type { SendRequest } from './request.js';

/** What carries a backend's requests. */
export interface HttpSender {
  /** Sends a request once, compressed where its body is large. Never rejects. */
  readonly send: SendRequest;
  /** Lets go of connections of its own. */
  close(): void;
}

/**
 * Sends by Node.js' own client where there is one, which can tell what cannot have arrived, and by `fetch` elsewhere. The
 * client is loaded with the first request, so that whoever only imports a backend does not wait for it.
 */
export function httpSender(options: ConnectionOptions): HttpSender {
  let client: NodeHttp | undefined;
  /** Why there is no client. */
  let absent: (Error & { code?: string }) | undefined;
  return {
    async send(request, signal, judge) {
      const ready = await compressed(request);
      if (client === undefined && absent === undefined) {
        try {
          client = await (await import('./node-http.js')).nodeHttp(options);
        } catch (error) {
          absent = error as Error & { code?: string };
        }
      }
      if (signal.aborted) return late(false);
      if (client !== undefined) return client.send(ready, signal, judge);
      const { code = '', message } = absent as Error & { code?: string };
      if (/^E[MN]FILE$/.test(code)) {
        // It is there, and can be loaded when the process has fewer files open.
        absent = undefined;
        return { outcome: 'failed', code, message };
      }
      if (options.ca === undefined) return fetchSend(ready, signal, judge);
      return {
        outcome: 'failed',
        code: 'no_https',
        message: `a CA of one's own needs node:https: ${message}`,
      };
    },
    close: () => client?.close(),
  };
}
