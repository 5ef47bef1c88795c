import type { SendResult } from '../../flush/backend.js';
import type { HttpReply } from '../../transport/reply.js';
import { judgeStatus } from '../push/status.js';

/** What the server says of a payload, as it stands in `flusher.status().reply`. */
export interface OpentsdbReply {
  /** How many points it stored. */
  readonly success: number;
  /** How many points it refused. */
  readonly failed: number;
  /** Why it refused the first of them: its metric and the server's own words. */
  readonly error?: string;
}

const meanings: Readonly<Record<number, string>> = {
  400: 'the points cannot be read; a server without chunks refuses large bodies: see maxPayloadBytes',
  413: 'the body is too large; see maxPayloadBytes',
};

/**
 * What a reply to `/api/put?details` means. A 400 with details says that some points were refused: the others are stored,
 * and sending them again would be of no use. A server that is too busy says so of each point, and stores none.
 */
export function judge(answer: HttpReply): SendResult {
  const reply = replyOf(answer.text);
  const known = reply !== undefined && (answer.status < 300 || answer.status === 400);
  if (!known) return judgeStatus(answer, { meanings, retryable: [404] }, reply?.error);
  const { success, failed, error = 'no reason given' } = reply;
  if (failed === 0) return { outcome: 'delivered', reply };
  const message = `the server refused ${failed} of ${success + failed} points; the first: ${error}`;
  return success === 0 && /throttle/i.test(error)
    ? { outcome: 'failed', code: 'throttled', message, reply }
    : { outcome: 'delivered', code: 'partial', message, rejected: failed, reply };
}

function replyOf(text: string): OpentsdbReply | undefined {
  try {
    const { success, failed, errors = [] } = JSON.parse(text);
    if (typeof success !== 'number' || typeof failed !== 'number') return undefined;
    const { error, datapoint } = errors[0] ?? {};
    return { success, failed, ...(error !== undefined && { error: `${datapoint?.metric}: ${error}` }) };
  } catch {
    return undefined;
  }
}
