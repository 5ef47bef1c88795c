import type { Part } from '../../collect/cursor.js';
import { Kept } from '../../collect/kept.js';
import type { Sample } from '../../collect/sample.js';
import type { Snapshot } from '../../collect/snapshot.js';
import { fixedNotation } from '../../encode/numbers.js';
import { type Entry, type Frame, nothing, pack, partOf } from '../../encode/pack.js';
import { type Name, Names, type Taken } from '../../encode/taken.js';
import type { Drop, Payload } from '../../flush/backend.js';
import type { Metric } from '../../record/metric.js';
import { distributionLines, summaryLines } from './distributions.js';
import { gaugeLine, type Line } from './lines.js';
import { type SeriesText, seriesText } from './names.js';
import type { StatsdSettings } from './options.js';

/** Writes deltas as StatsD lines, packed into datagrams. */
export class LineEncoder {
  readonly #settings: StatsdSettings;
  readonly #frame: Frame;
  // Names never change while their series lives, and making one is most of the work.
  readonly #texts = new Kept<SeriesText>();
  readonly #names = new Names<Metric>();
  readonly #utf8 = new TextEncoder();

  constructor(settings: StatsdSettings) {
    this.#settings = settings;
    // In a stream without frames a line is complete only with its end.
    const lines = settings.protocol === 'tcp' && !settings.framed;
    this.#frame = { open: '', separator: '\n', close: lines ? '\n' : '' };
  }

  *encode(snapshot: Snapshot, drop: Drop, due?: () => boolean): Generator<Payload> {
    const { maxPacketBytes } = this.#settings;
    const tooLarge = (part: Part): void => drop(part, 'too_large');
    yield* pack(this.#entries(snapshot, drop), this.#frame, maxPacketBytes, tooLarge, due);
  }

  *#entries(snapshot: Snapshot, drop: Drop): Generator<Entry> {
    const taken = this.#names.begin();
    const time = this.#settings.timestamps ? `|T${Math.floor(snapshot.at / 1000)}` : '';
    for (const samples of this.#together(snapshot)) {
      if (samples === undefined) {
        yield nothing;
        continue;
      }
      const [sample] = samples;
      const text = this.#text(sample);
      const again = !('reason' in text) && text.identities.some((one) => taken.owner(one) !== undefined);
      const reason = 'reason' in text ? text.reason : this.#objection(sample, text.identities, taken);
      if (reason !== undefined || 'reason' in text) {
        for (const one of samples) {
          drop(one, reason as string);
          yield nothing;
        }
        continue;
      }
      for (const { text: line, part, others, reason } of this.#lines(samples, text, time, again)) {
        if (reason !== undefined) {
          drop(part === undefined ? sample : partOf(part), reason);
          continue;
        }
        // Tags may hold any letter; all else is ASCII.
        const bytes = text.tags === '' ? line.length : this.#utf8.encode(line).length;
        yield { text: line, bytes, part, ...(others && { others }) };
      }
    }
  }

  /**
   * Samples one by one; those of one family together where its tags are not sent and statistics are all that is.
   * `undefined` where there is nothing yet.
   */
  *#together(snapshot: Snapshot): Generator<readonly [Sample, ...Sample[]] | undefined> {
    const { tags, distributions } = this.#settings;
    let family: [Sample, ...Sample[]] | undefined;
    for (const sample of snapshot.steps()) {
      if (sample === undefined || family?.[0].metric === sample.metric) {
        if (sample !== undefined) family?.push(sample);
        yield undefined;
        continue;
      }
      if (family !== undefined) yield family;
      family = undefined;
      const merges = !tags && distributions === 'summary' && sample.kind === 'histogram';
      if (merges) family = [sample];
      else yield [sample];
    }
    if (family !== undefined) yield family;
  }

  /** Why a sample cannot be sent; series that look the same are one at the receiver. */
  #objection(
    { kind, series: { metric } }: Sample,
    identities: readonly Name[],
    taken: Taken<Metric>,
  ): string | undefined {
    if (kind === 'text') return 'unsupported';
    // Counts and samples of one family add up, which is what is wanted where its tags are not sent.
    const adds = !this.#settings.tags && kind !== 'gauge';
    for (const identity of identities) {
      const other = taken.owner(identity);
      if (other !== undefined && !(adds && isSame(other, metric))) return 'collision';
    }
    for (const identity of identities) taken.take(identity, metric);
    return undefined;
  }

  #lines(
    samples: readonly [Sample, ...Sample[]],
    { name, tags }: Extract<SeriesText, { name: string }>,
    time: string,
    again: boolean,
  ): Iterable<Line> {
    const [sample] = samples;
    const { kind, value } = sample;
    if (kind === 'histogram') {
      return this.#settings.distributions === 'summary'
        ? summaryLines(samples, name, tags + time, this.#settings, again)
        : distributionLines(sample, name, tags, this.#settings);
    }
    if (kind === 'counter') {
      const text = value === 0 ? '' : `${name}:${fixedNotation(value as number)}|c${tags}${time}`;
      return [{ text, part: sample }];
    }
    if (value === null) return [{ text: '', part: sample }];
    const text = fixedNotation(value as number | bigint);
    return [{ text: gaugeLine(name, text, tags + time, this.#settings.dialect), part: sample }];
  }

  #text(sample: Sample): SeriesText {
    const kept = this.#texts.get(sample.series);
    if (kept !== undefined) return kept;
    const made = seriesText(sample, this.#settings);
    this.#texts.set(sample.series, made);
    return made;
  }
}

/** Whether they are one metric, which may have been unregistered and registered again meanwhile. */
function isSame(a: Metric, b: Metric): boolean {
  return a === b || (a.label === b.label && a.path.length === b.path.length);
}
