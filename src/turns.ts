/**
 * How long work goes on before the event loop gets its turn, in milliseconds: short enough that a pause of the garbage
 * collector may come on top.
 */
export const slice = 1;

// Taken once, so that hosts' tests with timers of their own do not wait for a turn that they never give.
const { setImmediate, setTimeout, clearTimeout, MessageChannel } = globalThis as unknown as {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly setTimeout: (callback: () => void, milliseconds: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: () => void; close(): void };
    readonly port2: { postMessage(message: unknown): void };
  };
};

/** Whether timers were fake already: what Sinon, Jest and Vitest install has a `clock`, older Jest's is a mock. */
const fake = [setImmediate, setTimeout].some(
  (timer) => timer !== undefined && ('clock' in timer || '_isMockFunction' in timer),
);

/** Until the event loop has had a turn. Timers wait at least a millisecond, which Node.js' immediates do not. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (fake) {
      // A channel for each turn: messages that follow each other in one are all delivered in the same turn.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    } else if (setImmediate === undefined) setTimeout(resolve, 0);
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

/** Until some milliseconds have passed, or one of some signals aborts. */
export function pause(milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    for (const signal of signals) signal.addEventListener('abort', done);
  });
}
