import { slice, turn } from '../turns.js';

/** Characters in a chunk, unless time is up before. */
const chunkLength = 65_536;

/**
 * Joins pieces of text into chunks, and lets the event loop go on whenever a slice of time is used up.
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
      await turn();
      since = performance.now();
    }
  }
  if (chunk !== '') yield chunk;
}
