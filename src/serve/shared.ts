import { must } from '../checks.js';
import type { Snapshot } from '../collect/snapshot.js';

/** What can be scraped: a recorder. */
export interface Source {
  /** All totals, after the host's callbacks. Never rejects. */
  collect(): Promise<Snapshot>;
}

/**
 * Checks that a backend was given something that it can collect.
 * @throws MetricsError `invalid_option`
 */
export function checkSource(what: string, source: unknown): void {
  const { collect } = (source ?? {}) as Partial<Source>;
  must(typeof collect === 'function', `${what}: the first argument`, 'a Recorder', source);
}

/** How old a snapshot may be that a scrape shares with another one, in milliseconds. */
const oldest = 1000;

/** A snapshot, and how many scrapes are at it. */
interface Shared {
  readonly snapshot: Promise<Snapshot>;
  /** When it was asked for, by `performance.now()`. */
  readonly at: number;
  users: number;
}

/** Lets scrapes that go on at the same time share a snapshot; one that comes after them gets its own. */
export class SharedSnapshots {
  readonly #source: Source;
  #shared: Shared | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  /** The snapshot for one scrape; its time goes on until `release` is called. */
  lease(): { readonly snapshot: Promise<Snapshot>; readonly release: () => void } {
    const now = performance.now();
    let shared = this.#shared;
    if (shared === undefined || now - shared.at >= oldest) {
      shared = { snapshot: this.#source.collect(), at: now, users: 0 };
      this.#shared = shared;
    }
    const mine = shared;
    mine.users++;
    const release = (): void => {
      if (--mine.users > 0) return;
      if (this.#shared === mine) this.#shared = undefined;
      // The last one gives the memory back, for the next scrape.
      mine.snapshot.then(
        (snapshot) => snapshot.capture?.release(),
        // Whoever waited for it has been told.
        () => {},
      );
    };
    return { snapshot: mine.snapshot, release };
  }
}
