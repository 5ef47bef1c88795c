// A backend may be the host's own, and give anything.
import { ask, shown } from '../checks.js';
import type { Outcome, Payload, SendResult } from './backend.js';

const outcomes: Readonly<Record<Outcome, true>> = {
  delivered: true,
  sent: true,
  rejected: true,
  failed: true,
  unknown: true,
};

/**
 * What `encode` gave, if it can be iterated.
 * @throws TypeError
 */
export function payloadsOf(given: Iterable<Payload>): Iterable<Payload> {
  if (typeof given?.[Symbol.iterator] !== 'function') refuse('encode must give an iterable', given);
  return given;
}

/**
 * What `encode` yielded, if it is a payload.
 * @throws TypeError before anything of it is sent: what cannot be committed would be sent again and again
 */
export function payloadOf(given: Payload): Payload {
  const { body, parts } = given ?? {};
  const whole = (typeof body === 'string' || ArrayBuffer.isView(body)) && Array.isArray(parts);
  if (!whole) refuse('encode must yield payloads with a body, text or bytes, and a list of parts', given);
  return given;
}

function refuse(expected: string, given: unknown): never {
  // It may be a promise that rejects.
  ask(() => given);
  throw new TypeError(`${expected}, not ${shown(given)}`);
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
