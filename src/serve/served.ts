import type { AccessDescription } from './access.js';
import type { Endpoint } from './endpoint.js';
import { serveFetch } from './fetch.js';
import { type FastifyReply, type Handler, type NodeRequest, type NodeResponse, serveNode } from './node.js';

/** What a host needs to put a document on its server, in either convention. */
export interface Served {
  /** Serves a request in Node.js' convention. Bound. */
  readonly handler: Handler;
  /**
   * Answers a request of the `fetch` API, as Hono, Bun, Deno and workers have it. Bound; never rejects.
   * @throws MetricsError `invalid_option`: it was given something else. The message has the line to write
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Where the document is and what opens it; empty where everybody may read. Keep it secret. */
  describe(): AccessDescription;
}

export function served(endpoint: Endpoint): Served {
  return {
    handler: (request: NodeRequest, response: NodeResponse | FastifyReply) =>
      serveNode(endpoint, request, response),
    fetch: (request) => serveFetch(endpoint, request),
    describe: () => endpoint.describe(),
  };
}
