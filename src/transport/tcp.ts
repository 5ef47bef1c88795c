import { connect, type Socket } from 'node:net';
import type { SendResult } from './outcome.js';
import { type Endpoint, failed, late, type SocketTransport, targetOf } from './socket.js';

/** How long a peer may take nothing, in milliseconds, before it is held to be dead. */
const stall = 5000;
/** How long a peer may take to close its side once it has been told that this was all, in milliseconds. */
const linger = 2000;

/**
 * Sends bytes over a connection of their own, one at a time. These protocols have no acknowledgement, and what a
 * kernel took may never be read: so the connection is half-closed after the last byte, and `delivered` says that the
 * peer then closed its side without an error, which it does when it has read to the end. A connection that is kept
 * open would tell of a peer that restarted only after what it lost had been taken for delivered. It keeps the process
 * alive while it sends, and not in between.
 */
export class TcpTransport implements SocketTransport {
  readonly target: string;
  readonly #endpoint: Endpoint;
  #socket: Socket | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.target = targetOf(endpoint);
  }

  send(body: Uint8Array, signal: AbortSignal): Promise<SendResult> {
    const { host, port, path } = this.#endpoint;
    const socket = path === undefined ? connect({ host, port }) : connect({ path });
    this.#socket = socket;
    return new Promise((resolve) => {
      // Before the connection stands nothing can have been written.
      let connected = false;
      let ended = false;
      const settle = (result: SendResult): void => {
        signal.removeEventListener('abort', abort);
        socket.destroy();
        resolve(result);
      };
      const abort = (): void => settle(late('the pass ended while the peer was taking bytes', connected));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort);
      const end = (): void => {
        ended = true;
        socket.setTimeout(linger);
        socket.end();
      };
      socket.on('connect', () => {
        connected = true;
        // A turn later, so that a peer that has closed already is heard before it is told that this was all.
        socket.write(body, () => setImmediate(end));
      });
      // What a peer says is read and dropped, or its end would never be seen.
      socket.resume();
      socket.on('end', () => {
        if (ended) settle({ outcome: 'delivered' });
        else settle(failed({ code: 'ECONNRESET', message: 'the peer closed before it had read all' }, true));
      });
      socket.on('error', (error) => settle(failed(error, connected)));
      socket.setTimeout(stall, () => {
        const what = ended ? 'the peer did not close its side' : 'the peer takes no bytes';
        settle(late(what, connected));
      });
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}
