import type { SendResult } from './outcome.js';

/** One HTTP request with a body. */
export interface HttpRequest {
  readonly url: string;
  readonly method: 'PUT' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What the server answered. */
export interface HttpReply {
  readonly status: number;
  /** The body; empty where there is none or it broke off. */
  readonly text: string;
}

/** Errors that come before any byte of the request was written, so that the server cannot have it. */
const unsent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOST|ENET|EACCES|EADDR|UND_ERR_CONNECT|UND_ERR_INVALID|CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/**
 * Sends a request by `fetch`, which every runtime has, and lets the backend judge the reply. Whatever cannot be told
 * to have failed before the request was written is `unknown`. Never rejects; redirects are not followed.
 */
export async function httpSend(
  request: HttpRequest,
  signal: AbortSignal,
  judge: (reply: HttpReply) => SendResult,
): Promise<SendResult> {
  const { url, method, headers, body } = request;
  try {
    // Copied only by type: a Uint8Array over any buffer is a legal body.
    const response = await fetch(url, {
      method,
      headers,
      body: body as BodyInit,
      signal,
      redirect: 'manual',
    });
    // The status line is the answer. A body that breaks off afterwards does not change it.
    const text = await response.text().catch(() => '');
    return judge({ status: response.status, text });
  } catch (error) {
    return failure(error, signal);
  }
}

function failure(error: unknown, signal: AbortSignal): SendResult {
  if (signal.aborted)
    return { outcome: 'unknown', code: 'timeout', message: 'the server did not answer in time' };
  const cause = ((error as Error).cause ?? error) as Error & { code?: string };
  const code = cause.code ?? (error as { code?: string }).code;
  // `fetch` refuses some ports before it connects, and says so without a code.
  const sure = code === undefined ? cause.message === 'bad port' : unsent.test(code);
  return {
    outcome: sure ? 'failed' : 'unknown',
    code: code ?? 'fetch',
    message: cause.message || code || String(error),
  };
}
