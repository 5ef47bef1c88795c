// How long a send may go on after its signal was aborted.
import type { SendResult } from 'circmetrics';
import { clock } from './peers/peer.js';

/** How long after its signal was aborted a send is waited for, in milliseconds: a little less than a pass waits. */
const grace = 50;

/** Tells how long ago a signal was aborted, in milliseconds; less than nothing where it was not. */
export function sinceAbort(signal: AbortSignal): () => number {
  let at = signal.aborted ? clock() : Number.POSITIVE_INFINITY;
  const abort = (): void => {
    at = clock();
  };
  signal.addEventListener('abort', abort, { once: true });
  return () => {
    signal.removeEventListener('abort', abort);
    return clock() - at;
  };
}

/** What a promise gives, or a result that is taken for it some time after a signal was aborted. */
export async function patient(
  own: Promise<SendResult>,
  signal: AbortSignal,
  otherwise: SendResult,
): Promise<SendResult> {
  let giveUp = (): void => {};
  const late = new Promise<SendResult>((resolve) => {
    giveUp = () => void setTimeout(() => resolve(otherwise), grace);
  });
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  try {
    return await Promise.race([own, late]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
