import type { SendResult } from './outcome.js';
import { type Endpoint, failed, late, type SocketTransport } from './socket.js';

/**
 * Carries bytes to an endpoint. Opens nothing yet, and loads nothing: the first send does, so that bundles for other
 * runtimes can have the backend in them.
 */
export class LateTransport implements SocketTransport {
  /** The system tells of a datagram's refusal at once, and would then refuse the same datagram again. */
  readonly retries: 0 | undefined;
  readonly #endpoint: Endpoint;
  #transport: SocketTransport | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.retries = endpoint.protocol === 'udp' ? 0 : undefined;
  }

  async send(body: Uint8Array, signal: AbortSignal): Promise<SendResult> {
    try {
      this.#transport ??= await load(this.#endpoint);
    } catch (error) {
      return failed(error, false);
    }
    if (signal.aborted) return late('the pass ended before anything was sent', false);
    return this.#transport.send(body, signal);
  }

  async finish(signal: AbortSignal): Promise<SendResult> {
    return (await this.#transport?.finish?.(signal)) ?? { outcome: 'sent' };
  }

  close(): void {
    this.#transport?.close();
  }
}

async function load(endpoint: Endpoint): Promise<SocketTransport> {
  if (endpoint.protocol === 'udp') return (await import('./udp.js')).udpTransport(endpoint);
  return (await import('./tcp.js')).tcpTransport(endpoint);
}
