import { wordsOf } from '../checks.js';
import type { SendResult } from '../transport/outcome.js';

/** What a promise gives, or `undefined` some milliseconds after a signal aborted. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  after = 0,
): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let giveUp = (): void => {};
  const aborted = new Promise<undefined>((resolve) => {
    giveUp = () => {
      timer = setTimeout(() => resolve(undefined), after);
    };
  });
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
    clearTimeout(timer);
  }
}

/** What is said of something that was thrown. */
export function unknownBy(error: unknown): SendResult {
  return { outcome: 'unknown', ...wordsOf(error) };
}
