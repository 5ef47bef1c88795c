import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { SendResult } from './outcome.js';
import { type Endpoint, failed, late, type SocketTransport, targetOf } from './socket.js';

/** How long a resolved address is used, in milliseconds. */
const addressLife = 60_000;

/**
 * Sends datagrams. `delivered` says that the operating system took one: nobody learns whether it arrived. The socket
 * is connected, so that the system tells of a port that nobody listens on: at the next send, which it then refuses.
 */
export class UdpTransport implements SocketTransport {
  readonly target: string;
  /** The system tells of a datagram's refusal at the next send, which would look as if it had helped. */
  readonly retries = 0;
  readonly #endpoint: Endpoint;
  #socket: Socket | undefined;
  /** When the address was resolved, by `performance.now`. */
  #resolvedAt = 0;
  /** What the system said of the socket since the last send. */
  #error: Error | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.target = targetOf(endpoint);
  }

  async send(body: Uint8Array, signal: AbortSignal): Promise<SendResult> {
    try {
      const socket = await this.#connected();
      if (signal.aborted) return late('the pass ended before the address was resolved', false);
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve, reject) => {
        socket.send(body, (error) => (error === null ? resolve() : reject(error)));
      });
      return { outcome: 'delivered' };
    } catch (error) {
      this.#error = undefined;
      const { code } = error as { code?: string };
      // A datagram that is too large for the system will be so for ever.
      if (code === 'EMSGSIZE') return { ...failed(error, false), outcome: 'rejected' };
      // Whatever it was, a new socket with a new address may do better.
      this.close();
      return failed(error, false);
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #connected(): Promise<Socket> {
    if (this.#socket !== undefined && performance.now() - this.#resolvedAt < addressLife) return this.#socket;
    const { host, port } = this.#endpoint;
    const { address, family } = await lookup(host);
    this.close();
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    this.#socket = socket;
    this.#resolvedAt = performance.now();
    socket.unref();
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(port, address, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    return socket;
  }
}
