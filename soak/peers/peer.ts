// What all peers have in common.
import type { Deed } from '../faults.js';

/** What a peer does from now on, until told otherwise. */
export interface Order {
  /** The number of the send that it is for. */
  readonly send: number;
  readonly deed?: Deed | undefined;
  /** Whether connections that wait are closed before, and it is heard, so that there is a new one. */
  readonly fresh: boolean;
  /** After how many bytes of the body `within` acts, of which there are more. */
  readonly within: number;
  /** Milliseconds until a `restart` or an `idle` acts. */
  readonly moment: number;
}

/** What a peer has done since its last order. */
export interface Seen {
  /** Whether the deed was done. */
  readonly acted: boolean;
  /** How many connections it accepted. */
  readonly connections: number;
  /** When it closed or reset a connection, in milliseconds since 1970; undefined where it did not. */
  readonly closedAt: number | undefined;
}

/** Tells of what it took: a body, lines, or a datagram; `first` is the first send that it can be of. */
export type Took = (text: string, first: number) => void;

export interface Peer {
  readonly port: number;
  order(order: Order): Promise<void> | void;
  seen(): Promise<Seen> | Seen;
}

/** Milliseconds since 1970, with fractions; the same in all processes. */
export const clock = (): number => performance.timeOrigin + performance.now();

/** Waits until what the system has for this process was read. */
export async function drained(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
