import { MetricsError } from '../errors.js';
import type { Endpoint } from './endpoint.js';
import { type Asked, splitTarget } from './exchange.js';

/**
 * Answers one request in fetch's convention. Never rejects.
 * @throws MetricsError `invalid_option`, at once: what it was given is not fetch's request
 */
export function serveFetch(endpoint: Endpoint, request: Request): Promise<Response> {
  // By what it has, since there are several classes of this name.
  const { url, headers } = (request ?? {}) as Partial<Request>;
  if (typeof url !== 'string' || typeof headers?.get !== 'function') {
    throw new MetricsError(
      'invalid_option',
      `${endpoint.what}: fetch takes a Request. In Hono write app.get('/metrics', (c) => scrape.fetch(c.req.raw)). For Node.js, Express and Fastify use scrape.handler(request, response).`,
    );
  }
  return answer(endpoint, request);
}

async function answer(endpoint: Endpoint, request: Request): Promise<Response> {
  try {
    const { head, body } = endpoint.answer(askedOf(request));
    // Made before there is a response, so that what fails at once is a 500.
    let next = await body.next();
    if (next.done) return new Response(null, head);
    const utf8 = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          if (next.done) return controller.close();
          const { value } = next;
          controller.enqueue(typeof value === 'string' ? utf8.encode(value) : value);
          next = await body.next();
        },
        cancel: async () => {
          await body.return();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(stream as unknown as BodyInit, head);
  } catch {
    return new Response(null, { status: 500 });
  }
}

function askedOf({ method, url, headers }: Request): Asked {
  let headersLength = 0;
  headers.forEach((value, name) => {
    headersLength += name.length + value.length;
  });
  return { ...splitTarget(url), method, header: (name) => headers.get(name) ?? '', headersLength };
}
