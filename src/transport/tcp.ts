import type { LookupFunction, Socket } from 'node:net';
import { pause, turn } from '../turns.js';
import { absent } from './absent.js';
import { abortableLookup } from './lookup.js';
import type { SendResult } from './outcome.js';
import { type Endpoint, failed, late, type SocketTransport } from './socket.js';

/** How long a peer may take nothing, in milliseconds, before it is held to be dead. */
const stall = 5000;
/** How long a peer may take to close its side once it has been told that this was all, in milliseconds. */
const linger = 2000;
/** How long a peer is watched at least, in milliseconds: see {@link TcpTransport}. */
const shortestWatch = 10;
const longestWatch = 1000;
/** How long a connection is kept that nobody finishes, in milliseconds. */
const idle = 1000;

/** Loads what only Node.js has; rejects elsewhere. */
export async function tcpTransport(endpoint: Endpoint): Promise<SocketTransport> {
  return new TcpTransport(endpoint, await import(/* webpackIgnore: true */ 'node:net').catch(absent));
}

/**
 * Sends bytes by a connection for each pass. These protocols have no reply, and what a kernel took may never be read. So
 * `sent` says no more than that the bytes were handed over and the peer did not close before us. A peer that closes, or
 * resets, before it is told that this was all, has not read all: `unknown`. To hear of it, the peer is watched for some
 * time before our side closes: 10 ms, or twice what connecting took. A proxy without a server behind it, a server that
 * is full and a server that was just killed all close within that.
 *
 * A connection that is kept for the next pass would tell of a peer that restarted only after what it lost was counted. A
 * connection keeps the process alive while bytes are sent, and not in between.
 */
class TcpTransport implements SocketTransport {
  readonly #endpoint: Endpoint;
  readonly #net: typeof import('node:net');
  #connection: Connection | undefined;

  constructor(endpoint: Endpoint, net: typeof import('node:net')) {
    this.#endpoint = endpoint;
    this.#net = net;
  }

  async send(body: Uint8Array, signal: AbortSignal): Promise<SendResult> {
    const stands = this.#connection !== undefined && !this.#connection.closing;
    const connection = stands ? this.#connection : await this.#open(signal);
    if (!(connection instanceof Connection)) return connection as SendResult;
    this.#connection = connection;
    return connection.write(body, signal, !stands);
  }

  async finish(signal: AbortSignal): Promise<SendResult> {
    const connection = this.#connection;
    this.#connection = undefined;
    return (await connection?.finish(signal)) ?? { outcome: 'sent' };
  }

  close(): void {
    this.#connection?.end();
    this.#connection = undefined;
  }

  async #open(signal: AbortSignal): Promise<Connection | SendResult> {
    const { host, port, path } = this.#endpoint;
    try {
      const lookup: LookupFunction = await abortableLookup(signal);
      if (signal.aborted) return late('the pass ended before a connection stood', false);
      let begun = performance.now();
      const socket = this.#net.connect(path === undefined ? { host, port, lookup } : { path });
      // The look-up before says nothing of how far away the peer is.
      socket.on('lookup', () => {
        begun = performance.now();
      });
      const problem = await connected(socket, signal);
      if (problem !== undefined) return problem;
      return new Connection(socket, performance.now() - begun);
    } catch (error) {
      return failed(error, false);
    }
  }
}

/** Waits until a connection stands; gives why there is none. */
function connected(socket: Socket, signal: AbortSignal): Promise<SendResult | undefined> {
  return new Promise((resolve) => {
    const settle = (result?: SendResult): void => {
      signal.removeEventListener('abort', abort);
      socket.off('connect', stands).off('error', refused);
      if (result !== undefined) socket.on('error', () => {}).destroy();
      resolve(result);
    };
    const stands = (): void => settle();
    const refused = (error: Error): void => settle(failed(error, false));
    const abort = (): void => settle(late('the pass ended before a connection stood', false));
    signal.addEventListener('abort', abort);
    socket.on('connect', stands).on('error', refused);
  });
}

/** A connection, from when it stands until it is closed. */
class Connection {
  /** Whether our side is closed. */
  closing = false;
  readonly #socket: Socket;
  readonly #watch: number;
  /** Aborts as soon as the peer has closed or broken the connection. */
  readonly #over = new AbortController();
  #problem: SendResult | undefined;
  /** Whether the peer was not watched since the last byte. */
  #unwatched = false;
  #timedOut = (): void => {};
  /** When a peer that still talks has had its time to close, by `performance.now`. */
  #ends = Number.POSITIVE_INFINITY;

  /** @param took how long connecting took, in milliseconds */
  constructor(socket: Socket, took: number) {
    this.#socket = socket;
    this.#watch = Math.min(Math.max(shortestWatch, 2 * took), longestWatch);
    socket.on('error', (error) => this.#end(failed(error, true)));
    socket.on('end', () => {
      if (this.closing) this.#over.abort();
      else this.#end(failed({ code: 'ECONNRESET', message: 'the peer closed before it had read all' }, true));
    });
    socket.on('timeout', () => this.#timedOut());
    // Without a reader, the peer's end would never be seen. What it says is dropped, and keeps no connection open.
    socket.on('data', () => {
      if (performance.now() > this.#ends) socket.destroy();
    });
  }

  /** @param first whether the peer is watched after it, as it is after the last one */
  async write(body: Uint8Array, signal: AbortSignal, first: boolean): Promise<SendResult> {
    if (this.#problem !== undefined) {
      // None of this has left. What was sent before may be lost, of which `finish` tells.
      const problem = first ? this.#fail(this.#problem) : this.#problem;
      return { ...problem, outcome: 'failed' };
    }
    this.#socket.ref();
    this.#unwatched = true;
    await this.#written(body, signal);
    // At least a turn, so that a peer that has closed by now is heard.
    if (first) await this.#watchPeer(signal);
    else await turn();
    if (this.#problem !== undefined) return this.#fail(this.#problem);
    this.#socket.unref();
    this.#after(idle, () => this.end());
    return { outcome: 'sent' };
  }

  async finish(signal: AbortSignal): Promise<SendResult> {
    this.#socket.ref();
    if (this.#unwatched) await this.#watchPeer(signal);
    if (this.#problem === undefined) {
      this.end();
      // A peer that breaks the connection now has not read all either.
      await this.#watchPeer(signal);
    }
    return this.#problem === undefined ? { outcome: 'sent' } : this.#fail(this.#problem);
  }

  /** Closes our side, and leaves it to the peer to read the rest. */
  end(): void {
    this.closing = true;
    this.#socket.unref();
    this.#socket.end();
    this.#ends = performance.now() + linger;
    this.#after(linger, () => this.#socket.destroy());
  }

  #end(problem: SendResult): void {
    this.#problem ??= problem;
    this.#over.abort();
  }

  #fail(problem: SendResult): SendResult {
    this.closing = true;
    this.#socket.destroy();
    return problem;
  }

  /** Sets what happens when no byte moves for some milliseconds. It keeps no process alive. */
  #after(milliseconds: number, timedOut: () => void): void {
    this.#timedOut = timedOut;
    this.#socket.setTimeout(milliseconds);
  }

  /** Waits until the system has taken all bytes, or there is a problem. */
  #written(body: Uint8Array, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = this.#over.signal;
      const settle = (): void => {
        signal.removeEventListener('abort', abort);
        over.removeEventListener('abort', settle);
        resolve();
      };
      const abort = (): void => this.#end(late('the pass ended while the peer was taking bytes', true));
      signal.addEventListener('abort', abort);
      over.addEventListener('abort', settle);
      if (over.aborted) return settle();
      this.#after(stall, () => this.#end(late('the peer takes no bytes', true)));
      // An error is told by the socket's event.
      this.#socket.write(body, (error) => {
        if (error == null) settle();
      });
    });
  }

  /** Until the peer was watched for long enough, or is gone. */
  async #watchPeer(signal: AbortSignal): Promise<void> {
    this.#unwatched = false;
    const over = this.#over.signal;
    // Also where the pass's time is up: a peer that closes at once must not pass for one that took all.
    await pause(shortestWatch, over);
    if (this.#watch > shortestWatch) await pause(this.#watch - shortestWatch, signal, over);
    // Timers come before sockets have their turn.
    await turn();
  }
}
