import type { Sample } from '../../collect/sample.js';
import type { Snapshot, Temporality } from '../../collect/snapshot.js';
import { type Frame, TextBody } from '../../encode/body.js';
import { fixedNotation, rounded } from '../../encode/numbers.js';
import { Name } from '../../encode/taken.js';
import type { LogLinearHistogram } from '../../histogram/index.js';
import type { Refusal, Samples, SeriesFormat, Written } from './encoder.js';
import { type Statistic, statisticName, statistics } from './summary.js';

/** How a receiver of single numbers is written to. */
export interface PointFormat {
  readonly frame: Frame;
  /** The largest body in bytes. */
  readonly limit: number;
  readonly temporality: Temporality;
  /** What histograms and timers become. */
  readonly statistics: readonly Statistic[];
  /** Whether differences without a sample are sent, as 0. */
  readonly sendEmpty: boolean;
  /**
   * What a point of a series is called, by its statistic, which is empty for counters and gauges. Two points with the same
   * text are one at the receiver. Asked once for each series.
   */
  nameOf(sample: Sample): ((statistic: string) => string) | Refusal;
  /**
   * Writes one point.
   * @param at milliseconds since 1970
   */
  point(name: string, value: string, at: number): string;
}

/** The names of a series' points, by their statistics. */
interface PointNames {
  readonly names: ReadonlyMap<string, Name>;
}

/** What adds up of a distribution, so that it must arrive together or not at all. */
const additive: ReadonlySet<string> = new Set(['count', 'sum']);
const utf8 = new TextEncoder();

/** Writes samples as points: one for each counter and gauge, and one for each statistic of a distribution. */
export class Points implements SeriesFormat<PointNames> {
  readonly limit: number;
  readonly #format: PointFormat;
  readonly #statistics: readonly string[];

  constructor(format: PointFormat) {
    this.#format = format;
    this.limit = format.limit;
    this.#statistics = format.statistics.map(statisticName);
  }

  begin(): TextBody {
    return new TextBody(this.#format.frame);
  }

  nameOf(sample: Sample): PointNames | Refusal {
    const nameOf = this.#format.nameOf(sample);
    if ('reason' in nameOf) return nameOf;
    if (sample.kind === 'text') return { reason: 'unsupported' };
    const places = sample.kind === 'histogram' ? this.#statistics : [''];
    return { names: new Map(places.map((place) => [place, new Name(nameOf(place))])) };
  }

  claims({ names }: PointNames, sample: Sample): readonly Name[] {
    return this.#points(sample).map(([place]) => names.get(place) as Name);
  }

  *write([sample]: Samples, { names }: PointNames, { at }: Snapshot): Generator<Written<string>> {
    const points = this.#points(sample);
    const lines = points.map(([place, value]) =>
      this.#format.point((names.get(place) as Name).text, value, at),
    );
    // The first entry carries the sample: it has the count and the sum, or stands for them.
    let part: Sample | undefined = sample;
    if (lines.length === 0) yield { chunk: '', bytes: 0, part };
    for (const chunk of this.#format.temporality === 'delta' ? this.#together(lines, points) : lines) {
      yield { chunk, bytes: utf8.encode(chunk).length, part };
      part = undefined;
    }
  }

  /**
   * Points of differences that must arrive together or not at all, joined: once the first of them arrived, the others would
   * not be sent again. All of a sample are, or, where they do not fit into a payload, what adds up of it.
   */
  #together(lines: readonly string[], points: readonly (readonly [string, string])[]): readonly string[] {
    if (lines.length < 2) return lines;
    const { open, separator, close } = this.#format.frame;
    const most = this.limit - open.length - close.length;
    const fits = (text: string): boolean => utf8.encode(text).length <= most;
    const all = lines.join(separator);
    if (fits(all)) return [all];
    const addsUp = (_: string, i: number): boolean => additive.has(points[i]?.[0] ?? '');
    const sums = lines.filter(addsUp).join(separator);
    if (sums === '' || !fits(sums)) return lines;
    return [sums, ...lines.filter((line, i) => !addsUp(line, i))];
  }

  /** What there is to say of a sample, by its statistics. */
  #points({ kind, value }: Sample): [statistic: string, value: string][] {
    const silent = this.#format.temporality === 'delta' && !this.#format.sendEmpty;
    if (value === null || (kind === 'counter' && value === 0 && silent)) return [];
    if (kind !== 'histogram') return [['', fixedNotation(value as number | bigint)]];
    const histogram = value as LogLinearHistogram;
    if (histogram.count === 0 && silent) return [];
    return statistics(histogram, this.#format.statistics).map(([name, number]) => [
      name,
      additive.has(name) ? fixedNotation(number) : rounded(number),
    ]);
  }
}
