import type { Part } from '../../collect/cursor.js';
import { Kept } from '../../collect/kept.js';
import type { Sample } from '../../collect/sample.js';
import type { Snapshot } from '../../collect/snapshot.js';
import type { Body } from '../../encode/body.js';
import { type Entry, nothing, pack, partOf } from '../../encode/pack.js';
import { type Name, Names, type Taken } from '../../encode/taken.js';
import type { Drop, Payload } from '../../flush/backend.js';
import type { Metric } from '../../record/metric.js';

/** What writes a backend's payloads. */
export interface PayloadEncoder {
  encode(snapshot: Snapshot, drop: Drop, due?: () => boolean): Iterable<Payload>;
}

/** Why something cannot be sent, in one stable word. */
export interface Refusal {
  readonly reason: string;
}

/** Samples that are written together: mostly one. */
export type Samples = readonly [Sample, ...Sample[]];

/** What a format writes: an entry, or why a part of the sample cannot be written. */
export type Written<Chunk extends string | Uint8Array> =
  | Entry<Chunk>
  | (Refusal & Required<Pick<Entry<Chunk>, 'part'>>);

/** How a backend writes samples. `SeriesName` is what it remembers of each series. */
export interface SeriesFormat<SeriesName extends object, Chunk extends string | Uint8Array = string> {
  /** Begins a body. */
  begin(): Body<Chunk>;
  /** The largest body in bytes. */
  readonly limit: number;
  /** Names a series, with everything that depends on the series alone. Asked once for each series. */
  nameOf(sample: Sample): SeriesName | Refusal;
  /** The names that a sample takes at the receiver. A series that would share one with another is dropped (`collision`). */
  claims(name: SeriesName, sample: Sample): readonly Name[];
  /** Whether series of one metric may share a name, because the receiver adds their values up. */
  addsUp?(sample: Sample): boolean;
  /** Whether samples of one metric that follow each other are written together. */
  merges?(sample: Sample): boolean;
  /**
   * Writes samples. Yields an entry without a chunk now and then where there are very many.
   * @param again whether a series of the same metric had the same name before, in the same snapshot
   */
  write(samples: Samples, name: SeriesName, snapshot: Snapshot, again: boolean): Iterable<Written<Chunk>>;
}

/**
 * What all push backends share of encoding. It names each series once and remembers the name, drops what cannot be sent
 * with its reason, drops the later of two series that would be one at the receiver, packs entries into payloads within
 * the limit, and lets the event loop go on.
 */
export class SeriesEncoder<SeriesName extends object, Chunk extends string | Uint8Array = string>
  implements PayloadEncoder
{
  readonly #format: SeriesFormat<SeriesName, Chunk>;
  // Names never change while their series lives, and making one is most of the work.
  readonly #kept = new Kept<SeriesName | Refusal>();
  readonly #names = new Names<Metric>();

  constructor(format: SeriesFormat<SeriesName, Chunk>) {
    this.#format = format;
  }

  /** Writes a snapshot as payloads; see `Backend.encode`. */
  *encode(snapshot: Snapshot, drop: Drop, due?: () => boolean): Generator<Payload> {
    const format = this.#format;
    const tooLarge = (part: Part): void => drop(part, 'too_large');
    yield* pack(this.entries(snapshot, drop), () => format.begin(), format.limit, tooLarge, due);
  }

  /** Writes a snapshot as entries, without packing them. */
  *entries(snapshot: Snapshot, drop: Drop): Generator<Entry<Chunk>> {
    const format = this.#format;
    const taken = this.#names.begin();
    const skipped = nothing as Entry<Chunk>;
    for (const samples of this.#together(snapshot)) {
      if (samples === undefined) {
        yield skipped;
        continue;
      }
      const name = this.#name(samples[0]);
      const claims = 'reason' in name ? [] : format.claims(name, samples[0]);
      const again = claims.some((claim) => taken.owner(claim) !== undefined);
      const reason = 'reason' in name ? name.reason : this.#claim(samples[0], claims, taken);
      if (reason !== undefined) {
        for (const sample of samples) {
          drop(sample, reason);
          yield skipped;
        }
        continue;
      }
      for (const written of format.write(samples, name as SeriesName, snapshot, again)) {
        if (!('reason' in written)) yield written;
        else if (written.part !== undefined) drop(partOf(written.part), written.reason);
      }
    }
  }

  /** Samples one by one, or several that are written together; `undefined` for one that is skipped. */
  *#together(snapshot: Snapshot): Generator<Samples | undefined> {
    let family: [Sample, ...Sample[]] | undefined;
    for (const sample of snapshot.steps()) {
      if (sample === undefined || family?.[0].metric === sample.metric) {
        if (sample !== undefined) family?.push(sample);
        yield undefined;
        continue;
      }
      if (family !== undefined) yield family;
      family = undefined;
      if (this.#format.merges?.(sample) === true) family = [sample];
      else yield [sample];
    }
    if (family !== undefined) yield family;
  }

  /** Takes names for a sample's metric; says why they cannot be taken. */
  #claim(sample: Sample, claims: readonly Name[], taken: Taken<Metric>): string | undefined {
    const { metric } = sample.series;
    const shares = this.#format.addsUp?.(sample) === true;
    for (const claim of claims) {
      const owner = taken.owner(claim);
      if (owner !== undefined && !(shares && isSame(owner, metric))) return 'collision';
    }
    for (const claim of claims) taken.take(claim, metric);
    return undefined;
  }

  #name(sample: Sample): SeriesName | Refusal {
    const kept = this.#kept.get(sample.series);
    if (kept !== undefined) return kept;
    const made = this.#format.nameOf(sample);
    this.#kept.set(sample.series, made);
    return made;
  }
}

/** Whether they are one metric, which may have been unregistered and registered again meanwhile. */
function isSame(a: Metric, b: Metric): boolean {
  return a === b || (a.label === b.label && a.path.length === b.path.length);
}
