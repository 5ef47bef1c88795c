/**
 * How long work goes on before the event loop gets its turn, in milliseconds: short enough that a pause of the garbage
 * collector may come on top.
 */
export const slice = 1;

// Taken once, so that hosts' tests with timers of their own do not wait for a turn that they never give.
const { setImmediate, setTimeout } = globalThis as typeof globalThis & {
  readonly setImmediate?: (callback: () => void) => unknown;
};

/** Until the event loop has had a turn. Timers wait at least a millisecond, which Node.js' immediates do not. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}

/** Runs work to its end that can be stopped now and then, and lets the event loop go on whenever a slice is used up. */
export async function inTurns<Result>(work: Generator<void, Result>): Promise<Result> {
  for (let since = performance.now(); ; ) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - since < slice) continue;
    await turn();
    since = performance.now();
  }
}
