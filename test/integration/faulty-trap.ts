// A trap that goes wrong in every way a server can, and knows what it took.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { addBins, type Bin, decodeBase64 } from '../../demo/trap/bins.js';
import { submissions } from '../../demo/trap/reader.js';

/** What the trap does with one request. Those that `take` have what they were sent, whatever the sender hears of it. */
export type Deed =
  | 'take'
  | 'take slowly'
  | 'take, then half a response'
  | 'take, then reset'
  | 'take, then silence'
  | 'take, then garbage'
  | 'take, then a body that breaks off'
  | 'reset at the first byte'
  | 'reset within the body'
  | 'reset after the body'
  | 'silence'
  | 'garbage'
  | 'half a response'
  | 'status 400'
  | 'status 413'
  | 'status 429'
  | 'status 500'
  | 'status 503'
  | 'status 503 slowly';

/** Sums of what was sent, by name: of counters, and of histograms by bin. */
export class Sums {
  readonly counts = new Map<string, number>();
  readonly bins = new Map<string, Map<number, Bin>>();

  add(body: string): void {
    for (const { name, type, values } of submissions(body)) {
      const [value] = values;
      if (value === null || value === undefined) continue;
      if (type === 'L') this.counts.set(name, (this.counts.get(name) ?? 0) + Number(value));
      if (type !== 'h') continue;
      const bins = this.bins.get(name) ?? new Map<number, Bin>();
      addBins(bins, decodeBase64(value) ?? []);
      this.bins.set(name, bins);
    }
  }
}

export interface FaultyTrap {
  readonly url: string;
  /** What it took. */
  readonly taken: Sums;
  /** What it refused for good. */
  readonly rejected: Sums;
  /** How often it did what. */
  readonly deeds: ReadonlyMap<Deed, number>;
  /** Listens, or refuses connections. */
  listen(on: boolean): Promise<void>;
  close(): Promise<void>;
}

/** @param next says what it does with the next request */
export async function faultyTrap(next: () => Deed): Promise<FaultyTrap> {
  const taken = new Sums();
  const rejected = new Sums();
  const deeds = new Map<Deed, number>();
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;

  function serve(socket: Socket): void {
    sockets.add(socket);
    let bytes = Buffer.alloc(0);
    let deed: Deed | undefined;
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (deed === undefined) {
        deed = next();
        deeds.set(deed, (deeds.get(deed) ?? 0) + 1);
      }
      if (deed === 'reset at the first byte') {
        socket.resetAndDestroy();
        return;
      }
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = bytes.subarray(0, end).toString('latin1');
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
      if (deed === 'reset within the body' && bytes.length > end + 4) {
        socket.resetAndDestroy();
        return;
      }
      if (bytes.length < end + 4 + length) return;
      const raw = bytes.subarray(end + 4, end + 4 + length);
      const body = (/^content-encoding: *gzip/im.test(head) ? gunzipSync(raw) : raw).toString();
      bytes = bytes.subarray(end + 4 + length);
      const done = deed;
      deed = undefined;
      answer(socket, done, body);
    });
  }

  function answer(socket: Socket, deed: Deed, body: string): void {
    const say = (status: string, more = ''): void => {
      if (!socket.destroyed) socket.write(`HTTP/1.1 ${status} Said\r\n${more}content-length: 2\r\n\r\n{}`);
    };
    if (deed.startsWith('take')) taken.add(body);
    switch (deed) {
      case 'take':
        say('200');
        break;
      case 'take slowly':
        setTimeout(say, 15, '200');
        break;
      case 'take, then a body that breaks off':
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"st');
        setTimeout(() => socket.destroy(), 2);
        break;
      case 'take, then half a response':
      case 'half a response':
        socket.end('HTTP/1.1 200 OK\r\ncontent-le');
        break;
      case 'take, then garbage':
      case 'garbage':
        socket.end('\u0000\u0001 no HTTP at all\r\n\r\n');
        break;
      case 'take, then reset':
      case 'reset after the body':
      case 'reset within the body':
        socket.resetAndDestroy();
        break;
      case 'take, then silence':
      case 'silence':
        break;
      case 'status 503 slowly':
        setTimeout(say, 15, '503');
        break;
      case 'status 400':
      case 'status 413':
        rejected.add(body);
        say(deed.slice(7));
        break;
      case 'status 429':
        say('429', 'retry-after: 0\r\n');
        break;
      default:
        say(deed.slice(7));
    }
  }

  async function listen(on: boolean): Promise<void> {
    const before = server;
    server = undefined;
    for (const socket of sockets) socket.destroy();
    if (before !== undefined) await new Promise((resolve) => before.close(resolve));
    if (!on) return;
    server = createServer(serve);
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  }

  await listen(true);
  return {
    url: `http://127.0.0.1:${port}/module/httptrap/uuid/secret`,
    taken,
    rejected,
    deeds,
    listen,
    close: () => listen(false),
  };
}
