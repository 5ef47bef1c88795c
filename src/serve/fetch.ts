import type { Endpoint } from './endpoint.js';
import { type Asked, splitTarget } from './exchange.js';

/** Answers one request in fetch's convention. Never rejects. */
export async function serveFetch(endpoint: Endpoint, request: Request): Promise<Response> {
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
