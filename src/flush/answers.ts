// A backend may be the host's own, and give anything.
import { shown } from '../checks.js';
import type { Outcome, Payload, SendResult } from './backend.js';

const outcomes: Readonly<Record<Outcome, true>> = {
  delivered: true,
  sent: true,
  rejected: true,
  failed: true,
  unknown: true,
};

/**
 * What `encode` yielded, if it is a payload.
 * @throws TypeError before anything of it is sent: what cannot be committed would be sent again and again
 */
export function payloadOf(given: Payload): Payload {
  const { body, parts } = given ?? {};
  if ((typeof body === 'string' || ArrayBuffer.isView(body)) && Array.isArray(parts)) return given;
  throw new TypeError(
    `encode must yield payloads with a body, a string or bytes, and a list of parts, not ${shown(given)}`,
  );
}

/** What `send` answered, if it is an answer; whatever else it gave, nobody knows whether the payload has arrived. */
export function resultOf(given: SendResult): SendResult {
  const { outcome, code, message, retryAfter, reply } = given ?? {};
  if (!Object.hasOwn(outcomes, outcome)) {
    const expected = Object.keys(outcomes).join(', ');
    const said = `send must answer with an outcome (${expected}), not ${shown(outcome ?? given)}`;
    return { outcome: 'unknown', code: 'invalid_outcome', message: said };
  }
  return {
    outcome,
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { message }),
    ...(typeof retryAfter === 'number' && retryAfter >= 0 && { retryAfter }),
    ...(reply !== undefined && { reply }),
  };
}
