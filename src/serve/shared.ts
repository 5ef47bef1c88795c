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

/** How old a snapshot may be that a scrape shares with another one where there is room for one more, in milliseconds. */
const fresh = 1000;
/** How many snapshots are in use at most. */
const most = 4;
/** How long a scrape may keep its snapshot from others that want a newer one, in milliseconds. */
const patience = 10_000;
/** How long a scrape may keep its snapshot at all, in milliseconds. */
const longest = 60_000;

/** What one scrape has of a snapshot. */
export interface Lease {
  readonly snapshot: Promise<Snapshot>;
  /** Whether the snapshot was taken back, so that it must not be looked at any more. */
  readonly lost: boolean;
  /** Says that the scrape is over. */
  release(): void;
}

/** A snapshot, and the scrapes that are at it. */
class Shared {
  readonly snapshot: Promise<Snapshot>;
  /** When it was asked for, by `performance.now()`. */
  readonly at: number;
  /** What each of the scrapes is told if it loses the snapshot. */
  readonly users: Set<() => void> = new Set();
  lost = false;
  timer: ReturnType<typeof setTimeout> | undefined;

  constructor(snapshot: Promise<Snapshot>, at: number) {
    this.snapshot = snapshot;
    this.at = at;
  }
}

/**
 * Lets scrapes that go on at the same time share a snapshot; one that comes after them gets its own. A snapshot is a
 * copy of all values, so there are few, however many readers are slow: beyond them a scrape shares the newest one, and
 * those that had the oldest for too long lose it.
 */
export class SharedSnapshots {
  readonly #source: Source;
  /** Those in use, the oldest first. */
  readonly #shared: Shared[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * The snapshot for one scrape; its time goes on until `release` is called.
   * @param lose called if the snapshot is taken back before that; it must not be looked at afterwards
   */
  lease(lose: () => void): Lease {
    const shared = this.#choose(performance.now());
    const user = (): void => lose();
    shared.users.add(user);
    return {
      snapshot: shared.snapshot,
      get lost() {
        return shared.lost;
      },
      release: () => {
        if (shared.users.delete(user) && shared.users.size === 0) this.#end(shared);
      },
    };
  }

  #choose(now: number): Shared {
    const newest = this.#shared.at(-1);
    if (newest !== undefined && now - newest.at < fresh) return newest;
    const [oldest] = this.#shared;
    if (newest !== undefined && oldest !== undefined && this.#shared.length >= most) {
      if (now - oldest.at < patience) return newest;
      this.#takeBack(oldest);
    }
    const shared = new Shared(this.#source.collect(), now);
    this.#shared.push(shared);
    shared.timer = setTimeout(() => this.#takeBack(shared), longest);
    (shared.timer as { unref?(): void }).unref?.();
    return shared;
  }

  #takeBack(shared: Shared): void {
    shared.lost = true;
    for (const lose of shared.users) lose();
    shared.users.clear();
    this.#end(shared);
  }

  /** Gives the memory back, for the next scrape. */
  #end(shared: Shared): void {
    clearTimeout(shared.timer);
    this.#shared.splice(this.#shared.indexOf(shared), 1);
    shared.snapshot.then(
      (snapshot) => snapshot.capture?.release(),
      // Whoever waited for it has been told.
      () => {},
    );
  }
}
