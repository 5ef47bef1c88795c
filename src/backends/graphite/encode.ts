import type { Sample } from '../../collect/sample.js';
import type { Snapshot } from '../../collect/snapshot.js';
import { TextBody } from '../../encode/body.js';
import { fixedNotation, rounded } from '../../encode/numbers.js';
import { Name } from '../../encode/taken.js';
import type { LogLinearHistogram } from '../../histogram/index.js';
import type { Refusal, Samples, SeriesFormat, Written } from '../push/encoder.js';
import { statisticName, statistics } from '../push/summary.js';
import { maxLine, seriesName } from './names.js';
import type { GraphiteSettings } from './options.js';

/** The paths of a series' points, by what goes after its name: nothing, or a statistic. */
type Paths = ReadonlyMap<string, Name>;

/** What adds up of a distribution, so that it must arrive together or not at all. */
const additive: ReadonlySet<string> = new Set(['count', 'sum']);
const frame = { open: '', separator: '', close: '' } as const;
const utf8 = new TextEncoder();

/** Writes samples as plaintext points, one for each series, or statistic of one. */
export class Points implements SeriesFormat<{ readonly paths: Paths }> {
  readonly limit: number;
  readonly #settings: GraphiteSettings;
  readonly #statistics: readonly string[];

  constructor(settings: GraphiteSettings) {
    this.#settings = settings;
    this.limit = settings.maxPayloadBytes;
    this.#statistics = settings.statistics.map(statisticName);
  }

  begin(): TextBody {
    return new TextBody(frame);
  }

  nameOf(sample: Sample): { readonly paths: Paths } | Refusal {
    const name = seriesName(sample, this.#settings);
    if ('reason' in name) return name;
    if (sample.kind === 'text') return { reason: 'unsupported' };
    const places = sample.kind === 'histogram' ? this.#statistics : [''];
    const paths = places.map((place): [string, Name] => {
      const path = `${name.before}${place === '' ? '' : `.${place}`}${name.after}`;
      return [place, new Name(path)];
    });
    // Value and time take up to 64 bytes.
    const long = ({ length }: string, text: string): boolean =>
      length * 3 + 64 > maxLine && utf8.encode(text).length + 64 > maxLine;
    if (paths.some(([, { text }]) => long(text, text))) return { reason: 'name_too_long' };
    return { paths: new Map(paths) };
  }

  claims({ paths }: { readonly paths: Paths }, sample: Sample): readonly Name[] {
    return this.#points(sample).map(([place]) => paths.get(place) as Name);
  }

  *write(
    [sample]: Samples,
    { paths }: { readonly paths: Paths },
    { at }: Snapshot,
  ): Generator<Written<string>> {
    const tail = ` ${Math.floor(at / 1000)}\n`;
    const points = this.#points(sample);
    const lines = points.map(([place, value]) => `${paths.get(place)?.text} ${value}${tail}`);
    // The first entry carries the sample: it has the count and the sum, or stands for them.
    let part: Sample | undefined = sample;
    if (lines.length === 0) yield { chunk: '', bytes: 0, part };
    for (const chunk of this.#settings.temporality === 'delta' ? this.#together(lines, points) : lines) {
      yield { chunk, bytes: utf8.encode(chunk).length, part };
      part = undefined;
    }
  }

  /**
   * Lines of differences that must arrive together or not at all, joined: once the first of them arrived, the others would
   * not be sent again. All of a sample are, or, where they do not fit into a payload, what adds up of it.
   */
  #together(lines: readonly string[], points: readonly (readonly [string, string])[]): readonly string[] {
    const fits = (text: string): boolean => utf8.encode(text).length <= this.limit;
    const all = lines.join('');
    if (lines.length < 2) return lines;
    if (fits(all)) return [all];
    const addsUp = (_: string, i: number): boolean => additive.has(points[i]?.[0] ?? '');
    const sums = lines.filter(addsUp).join('');
    if (sums === '' || !fits(sums)) return lines;
    return [sums, ...lines.filter((line, i) => !addsUp(line, i))];
  }

  /** What there is to say of a sample, by what goes after its name. */
  #points({ kind, value }: Sample): [place: string, value: string][] {
    const { temporality, sendEmpty } = this.#settings;
    const silent = temporality === 'delta' && !sendEmpty;
    if (value === null || (kind === 'counter' && value === 0 && silent)) return [];
    if (kind !== 'histogram') return [['', fixedNotation(value as number | bigint)]];
    const histogram = value as LogLinearHistogram;
    if (histogram.count === 0 && silent) return [];
    return statistics(histogram, this.#settings.statistics).map(([name, number]) => [
      name,
      additive.has(name) ? fixedNotation(number) : rounded(number),
    ]);
  }
}
