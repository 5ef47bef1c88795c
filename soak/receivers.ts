// The peers' process, as the senders' process sees it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Message, PeerKind, Request } from './peers/child.js';
import type { Order, Seen, Took } from './peers/peer.js';

export interface Receiver {
  readonly port: number;
  /** Tells what it does from now on. */
  order(order: Order): Promise<void>;
  /** Asks what it has done since. What it took until then has been told. */
  seen(): Promise<Seen>;
}

/** The senders' runtime may be made to lack what the peers need. */
const execArgv = process.execArgv.filter((arg) => !arg.includes('without-node-http'));

type Asked = Request extends infer One ? (One extends Request ? Omit<One, 'id'> : never) : never;

export class Receivers {
  readonly #child = fork(fileURLToPath(new URL('peers/child.ts', import.meta.url)), {
    execArgv,
    serialization: 'advanced',
  });
  readonly #answers = new Map<number, (answer: never) => void>();
  readonly #took: Took[] = [];
  readonly #ports: number[] = [];
  readonly #waiting: Socket[] = [];
  #asked = 0;
  #hole: ChildProcess | undefined;

  constructor() {
    this.#child.on('message', (message: Message) => {
      if ('took' in message) {
        this.#took[message.peer]?.(message.took, message.first);
        return;
      }
      this.#answers.get(message.id)?.(message.answer as never);
      this.#answers.delete(message.id);
    });
  }

  async open(kind: PeerKind, took: Took): Promise<Receiver> {
    const peer = this.#took.push(took) - 1;
    const port = await this.#ask<number>({ open: kind });
    if (kind !== 'datagrams') this.#ports.push(port);
    return {
      port,
      order: (order) => this.#ask({ peer, order }),
      seen: () => this.#ask({ peer, seen: true }),
    };
  }

  /** Lets nothing be answered at 127.0.0.2, at the ports that were opened. False where that cannot be had. */
  async fallSilent(): Promise<boolean> {
    const child = fork(fileURLToPath(new URL('peers/hole.mjs', import.meta.url)), this.#ports.map(String), {
      execArgv: [],
      stdio: 'ignore',
    });
    this.#hole = child;
    const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    // Its queues take a few connections each.
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const port of this.#ports) {
      for (let i = 0; i < 4; i++)
        this.#waiting.push(connect({ host: '127.0.0.2', port }).on('error', () => {}));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    return message === 'ready';
  }

  close(): void {
    for (const socket of this.#waiting) socket.destroy();
    this.#hole?.kill('SIGKILL');
    this.#child.disconnect();
  }

  #ask<T>(request: Asked): Promise<T> {
    const id = this.#asked++;
    this.#child.send({ ...request, id } as Request);
    return new Promise((resolve) => this.#answers.set(id, resolve));
  }
}
