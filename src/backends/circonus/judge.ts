import type { SendResult } from '../../flush/backend.js';
import type { HttpReply } from '../../transport/reply.js';
import { judgeStatus } from '../push/status.js';

/** What the broker says of a payload, as it stands in `flusher.status().reply`. */
export interface TrapReply {
  /** How many values it counted. */
  readonly stats?: number;
  /** How many values the check's filter rejected. */
  readonly filtered?: number;
  /** Its own words, for example of a name that is too long. */
  readonly error?: string;
}

/** What a status means, for people: at the broker (reconnoiter, httptrap.c), or at a proxy before it. */
const meanings: Readonly<Record<number, string>> = {
  403: "the secret in the url is not the check's",
  404: 'the check has moved or is gone, or the url is wrong',
  406: 'the body cannot be read; parts of it may have been taken',
  413: 'the body is too large; see maxPayloadBytes',
  429: 'too many requests',
};

/**
 * What a reply means for the payload. An agent on the same host answers 204. The broker looks for the check (404) and at its
 * secret (403) before it reads the body. A check that has moved may come back, and a new one is not there at once; a secret
 * does not change by itself. 406 comes after what stands before the error was taken, so that sending again would count
 * twice.
 */
export function judge(answer: HttpReply): SendResult {
  const reply = replyOf(answer.text);
  const result = judgeStatus(answer, { meanings, retryable: [404] }, reply?.error);
  return reply === undefined ? result : { ...result, reply };
}

function replyOf(text: string): TrapReply | undefined {
  try {
    const { stats, filtered, error } = JSON.parse(text) as TrapReply;
    return {
      ...(typeof stats === 'number' && { stats }),
      ...(typeof filtered === 'number' && { filtered }),
      ...(typeof error === 'string' && { error }),
    };
  } catch {
    return undefined;
  }
}
