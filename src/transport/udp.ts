import type { Socket } from 'node:dgram';
import type { LookupAddress } from 'node:dns';
import { pause, turn } from '../turns.js';
import { absent } from './absent.js';
import { abortableLookup } from './lookup.js';
import type { SendResult } from './outcome.js';
import { type Endpoint, failed, late, type SocketTransport } from './socket.js';

/** How long resolved addresses are used, in milliseconds. */
const addressLife = 60_000;
/** How long a refusal is waited for where one is likely, in milliseconds: at least this, and twice what the last one took. */
const shortestWait = 10;
const longestWait = 200;
/** How many datagrams go out in a row at least, before a pause of a millisecond. */
const burst = 10;
/** After so many datagrams in a pass, more go out in a row, so that very large passes end in time. */
const patience = 10_000;
/** What comes so much later than the datagram before is a pass of its own, in milliseconds. */
const calm = 50;

/** Loads what only Node.js has; rejects elsewhere. */
export async function udpTransport(endpoint: Endpoint): Promise<SocketTransport> {
  return new UdpTransport(endpoint, await import(/* webpackIgnore: true */ 'node:dgram').catch(absent));
}

/**
 * Sends datagrams. `sent` says that the operating system took one and told of no refusal: nobody learns whether it
 * arrived. The socket is connected, so that the system tells of a port that nobody listens on: on the same machine at
 * once, from elsewhere after the way there and back. A datagram that was refused has not arrived. So it goes to the next
 * address of the name, or is `failed`.
 *
 * Datagrams that come faster than the receiver reads are lost in its buffer, which holds about a hundred. So few go out
 * in a row.
 */
class UdpTransport implements SocketTransport {
  readonly #endpoint: Endpoint;
  readonly #dgram: typeof import('node:dgram');
  #addresses: readonly LookupAddress[] = [];
  /** When they were resolved, by `performance.now`. */
  #resolvedAt = Number.NEGATIVE_INFINITY;
  #peer: Peer | undefined;
  /** How long a refusal is waited for; 0 where none is likely. */
  #wait = shortestWait;
  /** When the last datagram was sent, and how many were in its pass, and since the last pause. */
  #lastSend = 0;
  #inPass = 0;
  #inRow = 0;

  constructor(endpoint: Endpoint, dgram: typeof import('node:dgram')) {
    this.#endpoint = endpoint;
    this.#dgram = dgram;
  }

  async send(body: Uint8Array, signal: AbortSignal): Promise<SendResult> {
    await this.#pace();
    try {
      let result = late('the pass ended before the address was resolved', false);
      for (const address of await this.#candidates(signal)) {
        if (signal.aborted) break;
        result = await this.#sendTo(address, body);
        if (result.outcome !== 'failed') return result;
      }
      // New addresses may do better.
      this.close();
      return result;
    } catch (error) {
      return signal.aborted
        ? late('the pass ended before the address was resolved', false)
        : failed(error, false);
    } finally {
      this.#lastSend = performance.now();
    }
  }

  close(): void {
    this.#peer?.close();
    this.#peer = undefined;
    this.#resolvedAt = Number.NEGATIVE_INFINITY;
  }

  /** The addresses to try: first the one that took datagrams before, as long as the name has it. */
  async #candidates(signal: AbortSignal): Promise<LookupAddress[]> {
    const now = performance.now();
    if (now - this.#resolvedAt >= addressLife) {
      this.#addresses = await resolved(this.#endpoint.host, signal);
      this.#resolvedAt = now;
    }
    const known = this.#peer?.address;
    const first = this.#addresses.filter(({ address }) => address === known);
    return [...first, ...this.#addresses.filter(({ address }) => address !== known)];
  }

  async #sendTo(to: LookupAddress, body: Uint8Array): Promise<SendResult> {
    if (this.#peer?.address !== to.address) {
      this.#peer?.close();
      this.#peer = new Peer(this.#dgram, to);
      this.#wait ||= shortestWait;
      try {
        await this.#peer.connect(this.#endpoint.port);
      } catch (error) {
        return failed(error, false);
      }
    }
    const peer = this.#peer;
    // Of an earlier datagram. It was given up by then, and this one may do better.
    if (peer.takeError() !== undefined) this.#wait ||= shortestWait;
    const begun = performance.now();
    const error = await peer.send(body, this.#wait);
    if (error === undefined) {
      this.#wait = 0;
      return { outcome: 'sent' };
    }
    // A datagram that is too large for the system will be so for ever.
    if ((error as { code?: string }).code === 'EMSGSIZE')
      return { ...failed(error, false), outcome: 'rejected' };
    this.#wait = Math.min(Math.max(shortestWait, 2 * (performance.now() - begun)), longestWait);
    return failed(error, false);
  }

  /** Waits where too many datagrams went out in a row. */
  async #pace(): Promise<void> {
    if (performance.now() - this.#lastSend > calm) {
      this.#inPass = 0;
      this.#inRow = 0;
    }
    this.#inPass++;
    if (++this.#inRow <= burst * Math.max(1, this.#inPass / patience)) return;
    this.#inRow = 1;
    await pause(1);
  }
}

/** All addresses of a host. */
async function resolved(host: string, signal: AbortSignal): Promise<LookupAddress[]> {
  const lookup = await abortableLookup(signal);
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses as LookupAddress[]);
      else reject(error);
    });
  });
}

/** A socket that is connected to one address. It keeps no process alive. */
class Peer {
  readonly address: string;
  readonly #socket: Socket;
  #error: Error | undefined;
  #refused = (): void => {};

  constructor(dgram: typeof import('node:dgram'), { address, family }: LookupAddress) {
    this.address = address;
    this.#socket = dgram.createSocket(family === 6 ? 'udp6' : 'udp4');
    this.#socket.unref();
    this.#socket.on('error', (error) => {
      this.#error = error;
      this.#refused();
    });
  }

  connect(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#refused = () => reject(this.#error);
      // Where there is no route to it, that is told here and not by the event.
      this.#socket.connect(port, this.address, (error?: Error) => (error ? reject(error) : resolve()));
    });
  }

  /** What the system said of a datagram since the last call. */
  takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  /** Sends a datagram; gives why it was refused, as far as that is known after `wait` milliseconds. */
  async send(body: Uint8Array, wait: number): Promise<Error | undefined> {
    // The system tells of an earlier datagram's refusal by not sending this one.
    const error = (await this.#handOver(body)) && (await this.#handOver(body));
    if (error) return error;
    // On the same machine, a refusal is there after a turn of the event loop.
    if (wait === 0) await turn();
    else await this.#refusal(wait);
    return this.takeError();
  }

  close(): void {
    this.#socket.close();
  }

  #handOver(body: Uint8Array): Promise<Error | null> {
    return new Promise((resolve) => this.#socket.send(body, resolve));
  }

  async #refusal(wait: number): Promise<void> {
    if (this.#error !== undefined) return;
    const refused = new AbortController();
    this.#refused = () => refused.abort();
    await pause(wait, refused.signal);
  }
}
