import type { Sample } from '../../collect/sample.js';
import type { Snapshot } from '../../collect/snapshot.js';
import { TextBody } from '../../encode/body.js';
import { fixedNotation } from '../../encode/numbers.js';
import type { Name } from '../../encode/taken.js';
import type { Refusal, Samples, SeriesFormat, Written } from '../push/encoder.js';
import { distributionLines, summaryLines } from './distributions.js';
import { gaugeLine, type Line } from './lines.js';
import { type SeriesText, seriesText } from './names.js';
import type { StatsdSettings } from './options.js';

const utf8 = new TextEncoder();

/** Writes deltas as StatsD lines, packed into datagrams. */
export class Lines implements SeriesFormat<SeriesText> {
  readonly limit: number;
  readonly #settings: StatsdSettings;
  readonly #close: string;

  constructor(settings: StatsdSettings) {
    this.#settings = settings;
    this.limit = settings.maxPacketBytes;
    // In a stream without frames a line is complete only with its end.
    this.#close = settings.protocol === 'tcp' && !settings.framed ? '\n' : '';
  }

  begin(): TextBody {
    return new TextBody({ open: '', separator: '\n', close: this.#close });
  }

  nameOf(sample: Sample): SeriesText | Refusal {
    const text = seriesText(sample, this.#settings);
    return 'reason' in text || sample.kind !== 'text' ? text : { reason: 'unsupported' };
  }

  claims({ identities }: SeriesText): readonly Name[] {
    return identities;
  }

  /** Counts and samples of one family add up, which is what is wanted where its tags are not sent. */
  addsUp({ kind }: Sample): boolean {
    return !this.#settings.tags && kind !== 'gauge';
  }

  /** Where tags are not sent, and statistics are all that is, they are those of all series of a family. */
  merges({ kind }: Sample): boolean {
    const { tags, distributions } = this.#settings;
    return !tags && distributions === 'summary' && kind === 'histogram';
  }

  *write(samples: Samples, name: SeriesText, { at }: Snapshot, again: boolean): Generator<Written<string>> {
    const time = this.#settings.timestamps ? `|T${Math.floor(at / 1000)}` : '';
    for (const { text, part, others, reason } of this.#lines(samples, name, time, again)) {
      if (reason !== undefined) yield { part, reason };
      // Tags may hold any letter; all else is ASCII.
      else
        yield { chunk: text, bytes: name.tags === '' ? text.length : utf8.encode(text).length, part, others };
    }
  }

  #lines(samples: Samples, { name, tags }: SeriesText, time: string, again: boolean): Iterable<Line> {
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
}
