import { chunksOf } from '../streams.js';
import type { Chunk } from './endpoint.js';

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
  yield* chunksOf(source.pipeThrough(new CompressionStream('gzip')));
}
