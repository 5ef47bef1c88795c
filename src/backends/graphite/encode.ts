import { Kept } from '../../collect/kept.js';
import type { Sample } from '../../collect/sample.js';
import type { Snapshot } from '../../collect/snapshot.js';
import { quantileName } from '../../encode/names.js';
import { fixedNotation, rounded } from '../../encode/numbers.js';
import { type Entry, type Frame, nothing, pack } from '../../encode/pack.js';
import { Name, Names } from '../../encode/taken.js';
import type { Drop, Payload } from '../../flush/backend.js';
import type { LogLinearHistogram } from '../../histogram/index.js';
import { maxLine, type SeriesName, seriesName } from './names.js';
import type { GraphiteSettings, Statistic } from './options.js';

const frame: Frame = { open: '', separator: '', close: '' };

/** Writes snapshots as plaintext points, one for each series, or statistic of one, and pass. */
export class PointEncoder {
  readonly #settings: GraphiteSettings;
  // Names never change while their series lives, and making one is most of the work.
  readonly #names = new Kept<SeriesName>();
  readonly #paths = new Names<true>();
  readonly #utf8 = new TextEncoder();

  constructor(settings: GraphiteSettings) {
    this.#settings = settings;
  }

  *encode(snapshot: Snapshot, drop: Drop, due?: () => boolean): Generator<Payload> {
    const { maxPayloadBytes } = this.#settings;
    yield* pack(
      this.#entries(snapshot, drop),
      frame,
      maxPayloadBytes,
      (part) => drop(part, 'too_large'),
      due,
    );
  }

  *#entries(snapshot: Snapshot, drop: Drop): Generator<Entry> {
    const taken = this.#paths.begin();
    const tail = ` ${Math.floor(snapshot.at / 1000)}\n`;
    for (const sample of snapshot.steps()) {
      if (sample === undefined) {
        yield nothing;
        continue;
      }
      const name = this.#name(sample);
      if ('reason' in name) {
        drop(sample, name.reason);
        yield nothing;
        continue;
      }
      const points = this.#points(sample);
      const paths = points.map(([place, statistic]) => {
        name.paths[place] ??= new Name(`${name.before}${statistic}${name.after}`);
        return name.paths[place];
      });
      const reason =
        sample.kind === 'text'
          ? 'unsupported'
          : paths.some(
                ({ text }) => text.length * 3 + 64 > maxLine && this.#utf8.encode(text).length + 64 > maxLine,
              )
            ? 'name_too_long'
            : paths.some((path) => taken.owner(path))
              ? 'collision'
              : undefined;
      if (reason !== undefined) {
        drop(sample, reason);
        yield nothing;
        continue;
      }
      for (const path of paths) taken.take(path, true);
      if (points.length === 0) yield { text: '', bytes: 0, part: sample };
      for (const [i, [, , value]] of points.entries()) {
        const text = `${paths[i]?.text} ${value}${tail}`;
        // The first point carries the sample: it is the count, or stands for it.
        yield { text, bytes: this.#utf8.encode(text).length, part: i === 0 ? sample : undefined };
      }
    }
  }

  /** What there is to say of a sample, by what goes after its name, and the place of that among its statistics. */
  #points({ kind, value }: Sample): [place: number, statistic: string, value: string][] {
    const { temporality, sendEmpty, statistics } = this.#settings;
    const silent = temporality === 'delta' && !sendEmpty;
    if (value === null || typeof value === 'string' || (kind === 'counter' && value === 0 && silent))
      return [];
    if (kind !== 'histogram') return [[0, '', fixedNotation(value as number | bigint)]];
    const histogram = value as LogLinearHistogram;
    if (histogram.count === 0 && silent) return [];
    return statistics.flatMap((one, place): [number, string, string][] => {
      const number = statisticOf(histogram, one);
      // Of nothing there is no mean.
      if (!Number.isFinite(number)) return [];
      const text = one === 'sum' ? fixedNotation(number) : rounded(number);
      return [[place, `.${typeof one === 'number' ? quantileName(one) : one}`, text]];
    });
  }

  #name(sample: Sample): SeriesName {
    const kept = this.#names.get(sample.series);
    if (kept !== undefined) return kept;
    const made = seriesName(sample, this.#settings);
    this.#names.set(sample.series, made);
    return made;
  }
}

function statisticOf(histogram: LogLinearHistogram, statistic: Statistic): number {
  if (typeof statistic === 'number') return histogram.quantile(statistic);
  if (statistic === 'count') return histogram.count;
  if (statistic === 'sum') return histogram.recordedSum ?? histogram.sum();
  return histogram[statistic]();
}
