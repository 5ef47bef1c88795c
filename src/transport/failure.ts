import { messageOf, type SendResult } from './outcome.js';

/** Errors that come before any byte of the request was written, so that the server cannot have it. */
const unsent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_|EMFILE|ENFILE|EHOST|ENET|EACCES|EADDR|UND_ERR_CONNECT|UND_ERR_INVALID|ERR_TLS|ERR_SSL)/;
/** OpenSSL's names for a chain of certificates that does not end at a CA that is trusted. */
const untrusted = /^(UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CERT_UNTRUSTED)/;
/** Its names for whatever else is wrong with a certificate. */
const refused = /^(CERT_|INVALID_(CA|PURPOSE)|PATH_LENGTH_|HOSTNAME_MISMATCH|ERROR_IN_CERT_)/;
/**
 * What it says where the server refuses the client's certificate, or misses one (RFC 8446, section 6.2). With TLS 1.3 the
 * client has written by then, but the server ends the handshake and reads none of it.
 */
const barred = /\balert (\w+ certificate|certificate \w+|unknown ca|access denied|handshake failure)\b/i;

/**
 * What an error of an HTTP request means.
 * @param begun whether the request may have begun to be written, where the caller knows; otherwise the error's code
 * tells, and in doubt it may
 */
export function failure(error: unknown, signal: AbortSignal, begun?: boolean): SendResult {
  if (signal.aborted) return late(begun);
  const cause = ((error as Error).cause ?? error) as Error & { code?: string };
  const code = cause.code ?? (error as { code?: string }).code;
  const written = (begun ?? !sure(code, cause.message)) && !barred.test(cause.message);
  return {
    outcome: written ? 'unknown' : 'failed',
    code: code ?? 'fetch',
    message: words(code, cause) || code || String(error),
  };
}

/** A request that took longer than it may; sure not to have arrived only where it is known not to have begun. */
export function late(begun?: boolean): SendResult {
  return begun === false
    ? { outcome: 'failed', code: 'timeout', message: 'the server could not be reached in time' }
    : { outcome: 'unknown', code: 'timeout', message: 'the server did not answer in time' };
}

function sure(code: string | undefined, message: string): boolean {
  // `fetch` refuses some ports before it connects, and says so without a code.
  if (code === undefined) return message === 'bad port';
  return [unsent, untrusted, refused].some((codes) => codes.test(code));
}

function words(code: string | undefined, cause: Error): string {
  const message = messageOf(cause);
  if (barred.test(message))
    return `the server wants a client certificate, or refuses the one it got: ${message}`;
  if (code === undefined) return message;
  if (untrusted.test(code)) return `the server's certificate is not from a CA that is trusted: ${message}`;
  return refused.test(code) ? `the server's certificate is refused: ${message}` : message;
}
