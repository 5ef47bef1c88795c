import type { Part } from '../../collect/cursor.js';
import { Kept } from '../../collect/kept.js';
import type { Sample } from '../../collect/sample.js';
import type { Snapshot } from '../../collect/snapshot.js';
import { type Entry, type Frame, pack, partOf } from '../../encode/pack.js';
import type { Drop, Payload } from '../../flush/backend.js';
import type { Metric } from '../../record/metric.js';
import { distributionLines } from './distributions.js';
import { gaugeLine, type Line } from './lines.js';
import { type SeriesText, seriesText } from './names.js';
import type { StatsdSettings } from './options.js';

/** Writes deltas as StatsD lines, packed into datagrams. */
export class LineEncoder {
  readonly #settings: StatsdSettings;
  readonly #frame: Frame;
  // Names never change while their series lives, and making one is most of the work.
  readonly #texts = new Kept<SeriesText>();
  readonly #utf8 = new TextEncoder();

  constructor(settings: StatsdSettings) {
    this.#settings = settings;
    // In a stream a line is complete only with its end.
    this.#frame = { open: '', separator: '\n', close: settings.protocol === 'tcp' ? '\n' : '' };
  }

  *encode(snapshot: Snapshot, drop: Drop, due?: () => boolean): Generator<Payload> {
    const { maxPacketBytes } = this.#settings;
    const tooLarge = (part: Part): void => drop(part, 'too_large');
    yield* pack(this.#entries(snapshot, drop), this.#frame, maxPacketBytes, tooLarge, due);
  }

  *#entries(snapshot: Snapshot, drop: Drop): Generator<Entry> {
    const taken = new Map<string, Metric>();
    const time = this.#settings.timestamps ? `|T${Math.floor(snapshot.at / 1000)}` : '';
    for (const sample of snapshot) {
      const text = this.#text(sample);
      const reason = 'reason' in text ? text.reason : this.#objection(sample, text.identity, taken);
      if (reason !== undefined || 'reason' in text) {
        drop(sample, reason as string);
        continue;
      }
      for (const { text: line, part, reason } of this.#lines(sample, text, time)) {
        if (reason !== undefined) {
          drop(part === undefined ? sample : partOf(part), reason);
          continue;
        }
        // Tags may hold any letter; all else is ASCII.
        const bytes = text.tags === '' ? line.length : this.#utf8.encode(line).length;
        yield { text: line, bytes, part };
      }
    }
  }

  /** Why a sample cannot be sent; series that look the same are one at the receiver. */
  #objection({ kind, series }: Sample, identity: string, taken: Map<string, Metric>): string | undefined {
    if (kind === 'text') return 'unsupported';
    const other = taken.get(identity);
    if (other === undefined) {
      taken.set(identity, series.metric);
      return undefined;
    }
    // Counts and samples of one family add up, which is what is wanted where its tags are not sent.
    const adds = !this.#settings.tags && other === series.metric && kind !== 'gauge';
    return adds && (kind === 'counter' || this.#settings.distributions !== 'summary')
      ? undefined
      : 'collision';
  }

  *#lines(sample: Sample, text: Extract<SeriesText, { name: string }>, time: string): Generator<Line> {
    const { name, tags } = text;
    const { kind, value } = sample;
    if (kind === 'histogram') {
      yield* distributionLines(sample, name, tags, this.#settings);
    } else if (kind === 'counter') {
      yield { text: value === 0 ? '' : `${name}:${String(value)}|c${tags}${time}`, part: sample };
    } else if (value === null) {
      yield { text: '', part: sample };
    } else {
      yield { text: gaugeLine(name, String(value), tags + time, this.#settings.dialect), part: sample };
    }
  }

  #text(sample: Sample): SeriesText {
    const kept = this.#texts.get(sample.series);
    if (kept !== undefined) return kept;
    const made = seriesText(sample, this.#settings);
    this.#texts.set(sample.series, made);
    return made;
  }
}
