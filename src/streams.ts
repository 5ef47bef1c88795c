// What serving and sending share of the web's streams, which every runtime has.

/** Whether the runtime compresses streams. */
export function canGzip(): boolean {
  return typeof CompressionStream === 'function';
}

/** A stream's chunks; none where there is no stream. Not every runtime lets a stream itself be iterated. */
export async function* chunksOf<T>(stream: ReadableStream<T> | null): AsyncGenerator<T, void> {
  if (stream === null) return;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Ends a stream that was not read to its end; does nothing where it was.
    await reader.cancel().catch(() => {});
  }
}
