import type { Part } from '../collect/cursor.js';
import type { Sample } from '../collect/sample.js';
import type { Snapshot, Temporality } from '../collect/snapshot.js';
import type { SendResult } from '../transport/outcome.js';

export type { Outcome, SendResult } from '../transport/outcome.js';

/** One send's worth of output. */
export interface Payload {
  /** What is sent: text, as UTF-8, or bytes. */
  readonly body: string | Uint8Array;
  /** Which samples the body carries and how much of each: a whole {@link Sample}, or a part of one. */
  readonly parts: readonly Part[];
}

/** Called by an encoder for each sample, or rest of one, that it cannot write; `reason` is one stable word. */
export type Drop = (part: Sample | Part, reason: string) => void;

/** A place that metrics go to. One object may serve one flusher at a time. */
export interface Backend {
  /** What it is: `circonus`. */
  readonly name: string;
  /** Where it is, for people, with credentials left out. */
  readonly target: string;
  /** Whether it wants totals, or differences from what was delivered before. */
  readonly temporality: Temporality;
  /** What to do with a payload that may have arrived, unless the host decides. `resend` where that is harmless. */
  readonly onUnknown: 'resend' | 'drop';
  /** How often a payload that failed is worth sending again within a pass, unless the host decides; 2 unless given. */
  readonly retries?: number;
  /**
   * The body of a payload without samples, where the format has one. A proxy whose upstream is down gives the same answer to
   * every payload, and each may have arrived. So after an `unknown` a flusher of differences sends this first, and numbers
   * only once it is answered: an outage costs one payload at most.
   */
  readonly probe?: string | Uint8Array;
  /**
   * Writes a snapshot as payloads within the backend's limit of size. A synchronous generator without side effects,
   * so that the flusher can pause between payloads. Each sample is in exactly one of: parts of payloads, drops.
   * @param due says whether the event loop wants its turn. An encoder that takes more than a millisecond for a payload
   *   may ask it now and then and, where it is true, yield a payload with an empty body and no parts, which is not sent
   */
  encode(snapshot: Snapshot, drop: Drop, due?: () => boolean): Iterable<Payload>;
  /**
   * Sends one payload, once. Called again only after the promise is settled; should not reject, and a rejection
   * is taken as `unknown`. When `signal` aborts, the pass's time is up.
   */
  send(payload: Payload, signal: AbortSignal): Promise<SendResult>;
  /**
   * For protocols without a reply: ends what the sends of one pass have in common. Called once after a pass in which a
   * send was `sent`. `unknown` says that none of those sends is sure to have arrived. Should not reject.
   */
  finish?(signal: AbortSignal): Promise<SendResult>;
  /** Lets go of connections; called once, after the last send, and waited for a tenth of a second. */
  close?(): Promise<void> | void;
}
