/**
 * How long text is made before other work of the event loop gets its turn, in milliseconds: short enough that a pause
 * of the garbage collector may come on top.
 */
const slice = 2;

/** Characters in a chunk, unless time is up before. */
const chunkLength = 65_536;

/**
 * Joins pieces of text into chunks, and lets the event loop go on whenever a slice of 2 ms is used up.
 * @param pieces are made as they are asked for, each within a fraction of a millisecond; they may be empty
 * @param begun when the work began that the first slice is part of, by `performance.now()`
 */
export async function* inSlices(pieces: Iterable<string>, begun: number): AsyncGenerator<string, void> {
  let since = begun;
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= chunkLength) {
      yield chunk;
      chunk = '';
    }
    if (performance.now() - since >= slice) {
      await pause();
      since = performance.now();
    }
  }
  if (chunk !== '') yield chunk;
}

/** Until the event loop has had a turn. Timers wait at least a millisecond, which Node.js' immediates do not. */
function pause(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}
