// A server of streams that goes wrong; what is spoken over the streams is for those who extend it.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Deed } from '../faults.js';
import { clock, drained, type Order, type Peer, type Seen } from './peer.js';

/** How long a connection is left open that neither side closes, in milliseconds. */
const longest = 3000;
/** How long it takes the other side to hear that a connection was closed, in milliseconds. */
const heard = 5;
/** How long a receiver is away that restarts, in milliseconds. */
const away = 15;

export abstract class StreamPeer implements Peer {
  port = 0;
  protected current: Order = { send: 0, fresh: false, within: 0, moment: 0 };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #back: Promise<void> = Promise.resolve();
  #acted = false;
  #connections = 0;
  #closedAt: number | undefined;

  /** Speaks to a connection. */
  protected abstract serve(socket: Socket): void;
  /** Connections on which nothing is under way. */
  protected abstract waiting(): Iterable<Socket>;

  async listen(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
      this.#accept(socket),
    );
    await new Promise<void>((resolve, reject) => {
      this.#server?.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async order(order: Order): Promise<void> {
    await this.#back;
    await drained();
    if (order.fresh) {
      const waiting = [...this.waiting()];
      for (const socket of waiting) socket.end();
      if (waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, heard));
    }
    this.current = order;
    this.#acted = false;
    this.#connections = 0;
    this.#closedAt = undefined;
    const { deed, moment } = order;
    if (deed?.when === 'restart') this.#back = this.#restart(moment);
    if (deed?.when !== 'idle') return;
    for (const socket of this.waiting()) {
      this.#acted = true;
      setTimeout(() => {
        // It may have been used in the meantime.
        for (const still of this.waiting()) if (still === socket) this.end(socket, deed.does);
      }, moment);
    }
  }

  async seen(): Promise<Seen> {
    await this.#back;
    await drained();
    return { acted: this.#acted, connections: this.#connections, closedAt: this.#closedAt };
  }

  /** Says that the deed was done. */
  protected did(): void {
    this.#acted = true;
  }

  /** Does what the order says, to one connection. */
  protected act(socket: Socket, { does, delay }: Deed): void {
    this.did();
    socket.pause();
    if (delay === undefined) this.end(socket, does);
    else setTimeout(() => this.end(socket, does), delay);
  }

  protected end(socket: Socket, how: Deed['does']): void {
    if (how === 'silence' || socket.destroyed) return;
    const closed = (): void => {
      this.#closedAt ??= clock();
    };
    // An end is on its way only when what was written before is.
    if (how !== 'rst') socket.end(closed);
    else {
      socket.resetAndDestroy();
      closed();
    }
  }

  async #restart(moment: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, moment));
    this.#acted = true;
    this.#closedAt ??= clock();
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await new Promise((resolve) => setTimeout(resolve, away));
    await this.listen();
  }

  #accept(socket: Socket): void {
    this.#connections++;
    this.#sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), longest);
    socket.setNoDelay(true);
    socket
      .on('error', () => {})
      .on('close', () => {
        clearTimeout(timer);
        this.#sockets.delete(socket);
      });
    const { deed } = this.current;
    if (deed?.when === 'accept') this.act(socket, deed);
    else this.serve(socket);
  }
}
