import { chunksOf } from '../streams.js';
import { failure, late } from './failure.js';
import type { SendResult } from './outcome.js';
import { type HttpReply, readReply } from './reply.js';

/** One HTTP request with a body. */
export interface HttpRequest {
  readonly url: string;
  readonly method: 'PUT' | 'POST';
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Whether the server is known to read compressed bodies. */
  readonly gzip: boolean;
}

/** What a backend makes of a reply. */
export type Judge = (reply: HttpReply) => SendResult;

/**
 * Sends a request by `fetch`, which every runtime has, and lets the backend judge the reply. Whatever cannot be told
 * to have failed before the request was written is `unknown`. Never rejects; redirects are not followed.
 */
export async function httpSend(request: HttpRequest, signal: AbortSignal, judge: Judge): Promise<SendResult> {
  if (signal.aborted) return late(false);
  const { url, method, headers, body } = request;
  try {
    // Copied only by type: a Uint8Array over any buffer is a legal body.
    const response = await fetch(url, {
      method,
      headers,
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
}
