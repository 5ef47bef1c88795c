import type { SendResult } from './outcome.js';
import type { HttpReply } from './reply.js';

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

/** Sends a request once. Never rejects; redirects are not followed. */
export type SendRequest = (request: HttpRequest, signal: AbortSignal, judge: Judge) => Promise<SendResult>;
