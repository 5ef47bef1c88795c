import type { Chunk } from './endpoint.js';

/** Whether the runtime has what {@link gzip} needs. */
export function canGzip(): boolean {
  return typeof CompressionStream === 'function';
}

/** Compresses text as it comes. */
export async function* gzip(text: AsyncGenerator<string, void>): AsyncGenerator<Chunk, void> {
  const utf8 = new TextEncoder();
  const source = new ReadableStream<BufferSource>({
    async pull(controller) {
      const { done, value } = await text.next();
      if (done) controller.close();
      else controller.enqueue(utf8.encode(value));
    },
    cancel: async () => {
      await text.return();
    },
  });
  const reader = source.pipeThrough(new CompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Reaches `text` where it was not read to its end; does nothing where it was.
    await reader.cancel().catch(() => {});
  }
}
