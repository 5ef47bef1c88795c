// A receiver of datagrams, that may be away or may lose one.
import { createSocket, type Socket } from 'node:dgram';
import { drained, type Order, type Peer, type Seen, type Took } from './peer.js';

export class DatagramPeer implements Peer {
  port = 0;
  readonly #took: Took;
  #socket: Socket | undefined;
  #order: Order = { send: 0, fresh: false, within: 0, moment: 0 };
  #acted = false;
  #returning: Promise<void> | undefined;

  constructor(took: Took) {
    this.#took = took;
  }

  async listen(): Promise<void> {
    const socket = createSocket('udp4', (message) => {
      if (this.#order.deed?.when === 'drop') this.#acted = true;
      else this.#took(message.toString(), 0);
    });
    await new Promise<void>((resolve) => socket.bind(this.port, '127.0.0.1', resolve));
    this.port = socket.address().port;
    this.#socket = socket;
  }

  async order(order: Order): Promise<void> {
    await drained();
    this.#order = order;
    const { when } = order.deed ?? {};
    const away = when === 'away' || when === 'restart';
    this.#acted = away;
    const socket = this.#socket;
    if (away && socket !== undefined) {
      this.#socket = undefined;
      await new Promise<void>((resolve) => socket.close(resolve));
    }
    if (when === 'restart') setTimeout(() => void this.#return(), order.moment);
    else if (!away) await this.#return();
  }

  async seen(): Promise<Seen> {
    await drained();
    return { acted: this.#acted, connections: 0, closedAt: undefined };
  }

  #return(): Promise<void> {
    this.#returning ??= this.#socket === undefined ? this.listen() : Promise.resolve();
    return this.#returning.finally(() => {
      this.#returning = undefined;
    });
  }
}
