import type { Temporality } from '../../collect/snapshot.js';
import type { Backend, SendResult } from '../../flush/backend.js';
import { type Endpoint, targetOf } from '../../transport/socket.js';
import { LateTransport } from '../../transport/sockets.js';
import type { PayloadEncoder } from './encoder.js';

/** What a backend that sends lines over a socket is made of. */
export interface SocketBackendParts {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly temporality: Temporality;
  readonly encoder: PayloadEncoder;
  /** Puts a payload into a frame, where the protocol has frames. */
  readonly frame?: ((body: Uint8Array) => Uint8Array) | undefined;
  /** Says more of a failure than the operating system does. */
  readonly explain?: ((result: SendResult) => SendResult) | undefined;
}

/**
 * Makes a backend that sends by a protocol without a reply. Its sends are `sent` at best. What may have arrived is not
 * sent again where it would count twice.
 */
export function socketBackend(parts: SocketBackendParts): Backend {
  const { name, endpoint, temporality, encoder } = parts;
  const { frame = (body) => body, explain = (result) => result } = parts;
  const transport = new LateTransport(endpoint);
  const utf8 = new TextEncoder();
  return {
    name,
    target: targetOf(endpoint),
    temporality,
    onUnknown: temporality === 'cumulative' ? 'resend' : 'drop',
    ...(transport.retries !== undefined && { retries: transport.retries }),
    encode: (snapshot, drop, due) => encoder.encode(snapshot, drop, due),
    send: async ({ body }, signal) => {
      const bytes = typeof body === 'string' ? utf8.encode(body) : body;
      return explain(await transport.send(frame(bytes), signal));
    },
    finish: async (signal) => explain(await transport.finish(signal)),
    close: () => transport.close(),
  };
}
