// A receiver of lines over TCP: it takes each as soon as it is whole.
import type { Socket } from 'node:net';
import type { Order, Took } from './peer.js';
import { StreamPeer } from './stream.js';

export class LinePeer extends StreamPeer {
  readonly #took: Took;

  constructor(took: Took) {
    super();
    this.#took = took;
  }

  protected waiting(): Iterable<Socket> {
    return [];
  }

  protected serve(socket: Socket): void {
    const first = this.current.send;
    let order: Order | undefined;
    let bytes = 0;
    let rest = '';
    let deaf = false;
    const take = (text: string): void => {
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      if (end > 0) this.#took(text.slice(0, end), first);
    };
    socket.on('data', (chunk: Buffer) => {
      if (deaf) return;
      if (order !== this.current) {
        order = this.current;
        bytes = 0;
      }
      const { deed, within } = order;
      // Of a connection that has been used before, what comes from now on is not read.
      if (deed?.when === 'accept') {
        deaf = true;
        this.act(socket, deed);
        return;
      }
      const cut = deed?.when === 'within' && bytes + chunk.length > within;
      take(rest + (cut ? chunk.subarray(0, Math.max(0, within - bytes)) : chunk).toString());
      bytes += chunk.length;
      if (!cut) return;
      deaf = true;
      this.act(socket, deed);
    });
    socket.on('end', () => {
      const { deed } = this.current;
      if (deaf) return;
      if (deed?.when === 'body') this.act(socket, deed);
      else socket.end();
    });
    socket.resume();
  }
}
