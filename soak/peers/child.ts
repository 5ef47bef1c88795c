// All peers of a run, in a process of their own, so that they go on while the senders are busy.
import process from 'node:process';
import { DatagramPeer } from './datagrams.js';
import { HttpPeer } from './http.js';
import { LinePeer } from './lines.js';
import type { Order, Seen } from './peer.js';

export type PeerKind = 'http' | 'https' | 'lines' | 'datagrams';

export type Request =
  | { readonly id: number; readonly open: PeerKind }
  | { readonly id: number; readonly peer: number; readonly order: Order }
  | { readonly id: number; readonly peer: number; readonly seen: true };

export type Message =
  | { readonly peer: number; readonly took: string; readonly first: number }
  | { readonly id: number; readonly answer: number | Seen | undefined };

const peers: (HttpPeer | LinePeer | DatagramPeer)[] = [];
/** What each peer was asked, one after the other. */
const asked: Promise<unknown>[] = [];

const say = (message: Message): void => void process.send?.(message);

async function open(kind: PeerKind): Promise<number> {
  const peer = peers.length;
  const took = (text: string, first: number): void => say({ peer, took: text, first });
  const made =
    kind === 'lines'
      ? new LinePeer(took)
      : kind === 'datagrams'
        ? new DatagramPeer(took)
        : new HttpPeer(kind === 'https', took);
  peers.push(made);
  await made.listen();
  return made.port;
}

async function answer(request: Request): Promise<number | Seen | undefined> {
  if ('open' in request) return open(request.open);
  const peer = peers[request.peer];
  if ('seen' in request) return peer?.seen();
  await peer?.order(request.order);
  return undefined;
}

process.on('message', (request: Request) => {
  const at = 'open' in request ? -1 : request.peer;
  const before = asked[at] ?? Promise.resolve();
  asked[at] = before.then(async () => say({ id: request.id, answer: await answer(request) }));
});
process.on('disconnect', () => process.exit());
