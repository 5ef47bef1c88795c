import { canGzip } from '../streams.js';
import type { HttpRequest } from './request.js';

/** Bodies of up to so many bytes are sent as they are: compressing them gains little. */
const plainUpTo = 1024;

/** The same request with its body compressed, where the server reads that, it is worth it, and the host lets us. */
export async function compressed(request: HttpRequest): Promise<HttpRequest> {
  const { body, headers } = request;
  if (!request.gzip || headers['content-encoding'] !== undefined) return request;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  if (bytes.length <= plainUpTo || !canGzip()) return request;
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new CompressionStream('gzip'));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    return { ...request, body: packed, headers: { ...headers, 'content-encoding': 'gzip' } };
  } catch {
    // A runtime with another idea of streams: the server takes the plain body as well.
    return request;
  }
}
