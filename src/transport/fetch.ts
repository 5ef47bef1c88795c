import { chunksOf } from '../streams.js';
import { failure, late } from './failure.js';
import { readReply } from './reply.js';
import type { SendRequest } from './request.js';

/**
 * Sends a request by `fetch`, where there is no `node:http`. `fetch` does not tell what was going on when a connection
 * failed, so whatever cannot be told to have failed before the request was written is `unknown`. Each request asks
 * for a connection of its own, because a server may end a connection that waits at the moment it is used again. Browsers
 * leave that header out.
 */
export const fetchSend: SendRequest = async (request, signal, judge) => {
  if (signal.aborted) return late(false);
  const { url, method, headers, body } = request;
  try {
    // Copied only by type: a Uint8Array over any buffer is a legal body.
    const response = await fetch(url, {
      method,
      headers: { ...headers, connection: 'close' },
      body: body as string | Uint8Array<ArrayBuffer>,
      signal,
      redirect: 'manual',
    });
    return judge(
      await readReply(response.status, (name) => response.headers.get(name), chunksOf(response.body)),
    );
  } catch (error) {
    return failure(error, signal);
  }
};
