import type { Part } from '../collect/cursor.js';
import type { SendResult } from '../transport/outcome.js';

/** Why a flusher's last send, or pass, did not succeed. */
export interface FlushError {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** A stable word for programs, such as `ECONNREFUSED` or `503`. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
}

/** Sums over a flusher's life, or over one pass. */
export interface FlushTotals {
  /** Passes that were begun. */
  readonly passes: number;
  /** Payloads that were delivered or sent. */
  readonly payloads: number;
  /** Those of them that were sent by a protocol without a reply: nobody said that they arrived. */
  readonly sent: number;
  /** Bytes of the bodies of delivered and sent payloads. */
  readonly bytes: number;
  /** Samples in delivered and sent payloads. */
  readonly samples: number;
  /** Samples that were dropped, by reason: what could not be encoded, and `rejected` by the backend. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Sends of payloads that may or may not have arrived. */
  readonly unknown: number;
  /** Sends that were repeated within their pass. */
  readonly retries: number;
}

/** A sample that was dropped. */
export interface DroppedSample {
  /** Its path and name, joined by dots. */
  readonly name: string;
  /** One stable word. */
  readonly reason: string;
}

/** What a flusher says of itself. */
export interface FlusherStatus {
  /** The backend's name, such as `circonus`. */
  readonly backend: string;
  /** Where it sends to, with credentials left out. */
  readonly target: string;
  /** `backing-off`: waiting longer than `every`, because passes failed. */
  readonly state: 'waiting' | 'backing-off' | 'flushing' | 'closed';
  /** The period in milliseconds. */
  readonly every: number;
  /** When the last pass began; milliseconds since 1970. */
  readonly lastAttempt: number | undefined;
  /** When the last pass ended in which everything was delivered or sent; milliseconds since 1970. */
  readonly lastSuccess: number | undefined;
  /** When the next pass is due; milliseconds since 1970. */
  readonly nextAttempt: number | undefined;
  /** Passes that failed since the last one that did not. */
  readonly consecutiveFailures: number;
  /** The last failure; kept after a recovery. */
  readonly lastError: FlushError | undefined;
  /** What the backend last said. */
  readonly reply: unknown;
  /**
   * Counters and histograms with something that is not delivered yet; 0 for totals, which are sent whole. Where there
   * are more than 10,000 series it was counted at the end of the last pass.
   */
  readonly pending: number;
  /**
   * How long ago the oldest of what is not delivered can have been recorded, in milliseconds; `undefined` where
   * everything is. Of totals, how old those are that the backend has, while passes fail.
   */
  readonly oldestUndelivered: number | undefined;
  /** Sums over its life. */
  readonly totals: FlushTotals;
  /** The last few dropped samples. */
  readonly lastDropped: readonly DroppedSample[];
}

/** What one pass did. */
export interface FlushReport extends FlushTotals {
  /** True if everything was delivered or sent but for what cannot be encoded. */
  readonly complete: boolean;
  /** Why the pass is not complete. */
  readonly error: FlushError | undefined;
  /** Counters and histograms with something that is not delivered; 0 for totals, which are sent whole. */
  readonly pending: number;
}

/** How many dropped samples a status names. */
const namedDrops = 10;

/** Adds up what happens to payloads and samples. */
export class Totals implements FlushTotals {
  passes = 0;
  payloads = 0;
  sent = 0;
  bytes = 0;
  samples = 0;
  unknown = 0;
  retries = 0;
  readonly dropped: Record<string, number> = Object.create(null) as Record<string, number>;
  lastDropped: readonly DroppedSample[] = [];
  error: FlushError | undefined;
  reply: unknown;

  /** @param rejected data points that the backend refused */
  delivered(payloads: number, bytes: number, samples: number, rejected = 0): void {
    if (rejected > 0) this.dropped['rejected'] = (this.dropped['rejected'] ?? 0) + rejected;
    this.payloads += payloads;
    this.bytes += bytes;
    this.samples += samples;
  }

  drop({ series }: Part, reason: string): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    const name = [...series.path, series.name].join('.');
    this.lastDropped = [...this.lastDropped, { name, reason }].slice(-namedDrops);
  }

  fail(at: number, { outcome, code = outcome, message = outcome }: SendResult): void {
    this.error = { at, code, message };
  }

  /** A copy that later passes do not change. */
  copy(): FlushTotals {
    const { error, reply, lastDropped, ...sums } = this;
    return { ...sums, dropped: { ...this.dropped } };
  }
}
