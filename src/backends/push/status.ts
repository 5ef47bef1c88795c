import type { SendResult } from '../../transport/outcome.js';
import type { HttpReply } from '../../transport/reply.js';

/** What a receiver means by its statuses. */
export interface StatusWords {
  /** What a status means there, for people. */
  readonly meanings: Readonly<Record<number, string>>;
  /** Which of the statuses below 500 may change by themselves, so that it is worth sending again; 408 and 429 always. */
  readonly retryable: readonly number[];
}

/**
 * Statuses of a proxy whose upstream may have taken the body: 502 and 504 (RFC 9110, 15.6.3 and 15.6.5), and Cloudflare's
 * 520 (an answer that makes no sense), 522 (connection timed out) and 524 (no answer in time).
 */
const fromProxies = new Set([502, 504, 520, 522, 524]);
/** What Envoy and its kin say with 503 where the connection to the upstream broke. */
const upstreamReset = /\bupstream\b[\s\S]*\b(reset|disconnect|terminat)/i;

/**
 * What a reply means for the payload. An upstream that a proxy cannot reach, and one that took the body and then broke
 * the connection, look alike: `unknown`.
 * @param own what the receiver said of it in its own words
 */
export function judgeStatus(
  { status, text, retryAfter }: HttpReply,
  { meanings, retryable }: StatusWords,
  own?: string,
): SendResult {
  if (status >= 200 && status < 300) return { outcome: 'delivered' };
  const meaning = meanings[status] === undefined ? '' : ` (${meanings[status]})`;
  const code = String(status);
  const message = `the server answered ${status}${meaning}${own === undefined ? '' : `: ${own}`}`;
  const asks = retryAfter !== undefined && { retryAfter };
  if (fromProxies.has(status) || (status === 503 && upstreamReset.test(text))) {
    return { outcome: 'unknown', code, message, ...asks };
  }
  const later =
    status < 400 || status >= 500 || status === 408 || status === 429 || retryable.includes(status);
  return later ? { outcome: 'failed', code, message, ...asks } : { outcome: 'rejected', code, message };
}
