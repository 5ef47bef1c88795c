import type { Snapshot } from '../collect/snapshot.js';
import { canGzip } from '../streams.js';
import { type AccessDescription, type AccessOptions, Lock } from './access.js';
import { type Asked, acceptsGzip, always, type Head, refusal } from './exchange.js';
import { gzip } from './gzip.js';
import { type Lease, SharedSnapshots, type Source } from './shared.js';
import { inSlices } from './slices.js';

/** What a backend makes of one request. */
export interface Document {
  readonly contentType: string;
  /** The text, made as it is asked for, in pieces of a millisecond at most; some may be empty. */
  readonly pieces: (snapshot: Snapshot) => Iterable<string>;
}

/** A chunk of a body: text, or bytes where it is compressed. */
export type Chunk = string | Uint8Array;

/** An answer whose body is made while it is read. Whoever does not read it to its end calls `body.return()`. */
export interface Answer {
  readonly head: Head;
  readonly body: AsyncGenerator<Chunk, void>;
}

/** How often an endpoint was asked, and what came of it. */
export interface EndpointStatus {
  /** Documents that were sent whole. */
  readonly scrapes: number;
  /** Requests that got none, by HTTP status. */
  readonly refused: Readonly<Record<number, number>>;
  /** Documents that broke off, because the reader went away, or was too slow for others to wait. */
  readonly broken: number;
}

/** A document that is served on request, to whom it may be. Knows neither of the two conventions of handlers. */
export class Endpoint {
  /** What it is of, for messages. */
  readonly what: string;
  readonly #snapshots: SharedSnapshots;
  readonly #lock: Lock;
  readonly #documentFor: (asked: Asked) => Document;
  readonly #refused = new Map<number, number>();
  #scrapes = 0;
  #broken = 0;

  /**
   * @param what the backend, for messages
   * @throws MetricsError `invalid_option`
   */
  constructor(
    what: string,
    source: Source,
    access: AccessOptions | false,
    documentFor: (asked: Asked) => Document,
  ) {
    this.what = what;
    this.#snapshots = new SharedSnapshots(source);
    this.#lock = new Lock(what, access);
    this.#documentFor = documentFor;
  }

  describe(): AccessDescription {
    return { ...this.#lock.description };
  }

  status(): EndpointStatus {
    return { scrapes: this.#scrapes, refused: Object.fromEntries(this.#refused), broken: this.#broken };
  }

  /** The answer to a request. Nothing is collected before its body is read, and for HEAD nothing at all. */
  answer(asked: Asked): Answer {
    const refused = refusal(asked, this.#lock);
    if (refused !== undefined) {
      this.#refused.set(refused.status, (this.#refused.get(refused.status) ?? 0) + 1);
      return { head: refused, body: nothing() };
    }
    const document = this.#documentFor(asked);
    const zipped = canGzip() && acceptsGzip(asked.header('accept-encoding'));
    const headers = {
      ...always,
      'content-type': document.contentType,
      vary: 'Accept, Accept-Encoding, Authorization',
      ...(zipped && { 'content-encoding': 'gzip' }),
    };
    const head: Head = { status: 200, headers };
    if (asked.method === 'HEAD') return { head, body: nothing() };
    const text = this.#text(document);
    return { head, body: zipped ? gzip(text) : text };
  }

  async *#text({ pieces }: Document): AsyncGenerator<string, void> {
    let open = true;
    const over = (whole: boolean): void => {
      if (!open) return;
      open = false;
      if (whole) this.#scrapes++;
      else this.#broken++;
    };
    const lease = this.#snapshots.lease(() => over(false));
    try {
      const begun = performance.now();
      const snapshot = await lease.snapshot;
      yield* inSlices(
        whileLeased(lease, () => pieces(snapshot)),
        begun,
      );
      over(true);
    } finally {
      lease.release();
      over(false);
    }
  }
}

/** Breaks off where a snapshot was taken back from a reader that was too slow. */
function* whileLeased(lease: Lease, pieces: () => Iterable<string>): Generator<string, void> {
  const check = (): void => {
    if (lease.lost) throw new Error('The reader was too slow: others needed the memory.');
  };
  check();
  for (const piece of pieces()) {
    yield piece;
    check();
  }
}

async function* nothing(): AsyncGenerator<string, void> {}
