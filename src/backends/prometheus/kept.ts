import { Paged } from '../../collect/paged.js';
import { Name } from '../../encode/taken.js';
import type { Series } from '../../record/series.js';
import type { Schedule } from './buckets.js';
import type { Family } from './family.js';
import { createdLine, headsOf } from './heads.js';
import { labelsOf } from './names.js';
import { Pieces } from './pieces.js';

/** So many places are never worth being cleared up. */
const fewReplaced = 10_000;

/**
 * What of each series never changes, as pieces of text by the series' small id. Ids are used again after a series
 * has ended, so each is checked to be the series' own.
 */
export class Kept {
  // Not `#` fields where every line is written: V8 takes about twice as long to reach those.
  private pieces = new Pieces();
  private series = new Paged<Series>();
  private readonly heads = new Paged<number>();
  /** Places of OpenMetrics' lines of starts, as far as they were asked for. */
  private created = new Paged<number>();
  /** The labels of series that have to be compared with others. */
  readonly #labels = new Paged<Name>();
  /** How many series there are pieces of, and how many pieces there are of others, or for other buckets. */
  #held = 0;
  #replaced = 0;

  /** The place of a series' heads; 0 if they are not there, or not those for these buckets. */
  find(series: Series, schedule: Schedule | undefined): number {
    const { id } = series;
    if (this.series.get(id) !== series) return 0;
    const place = this.heads.get(id) as number;
    return schedule === undefined || this.mark(place) >>> 1 === schedule.id ? place : 0;
  }

  /** Makes a series' heads, and returns their place. */
  make(
    series: Series,
    family: Family,
    schedule: Schedule | undefined,
    quantiles: readonly number[] | undefined,
  ): number {
    const { id } = series;
    const { texts, ambiguous } = headsOf(series, family, schedule, quantiles);
    const place = this.pieces.add(((schedule?.id ?? 0) << 1) | Number(ambiguous), texts);
    const before = this.series.get(id);
    if (before === undefined) this.#held++;
    else this.#replaced++;
    if (before !== series) {
      if (this.created.get(id) !== undefined) this.created.set(id, undefined);
      if (this.#labels.get(id) !== undefined) this.#labels.set(id, undefined);
    }
    this.series.set(id, series);
    this.heads.set(id, place);
    return place;
  }

  /** Whether other tags could have given the labels of the series whose heads are at a place. */
  ambiguous(place: number): boolean {
    return (this.mark(place) & 1) === 1;
  }

  /** The place of the line of a series' start. Its heads have been made. */
  start(series: Series, family: Family): number {
    const { id } = series;
    const there = this.created.get(id);
    if (there !== undefined) return there;
    const place = this.pieces.add(0, [createdLine(series, family)]);
    this.created.set(id, place);
    return place;
  }

  /** A series' labels as one text. Its heads have been made. */
  labels(series: Series): Name {
    const name = this.#labels.get(series.id) ?? new Name(labelsOf(series.tags).text);
    this.#labels.set(series.id, name);
    return name;
  }

  /** The block that a place is in. */
  block(place: number): DataView {
    return this.pieces.block(place);
  }

  /** Starts anew once most of what there is belongs to series, or buckets, that are no more. */
  clearUp(): void {
    if (this.#replaced < fewReplaced || this.#replaced < this.#held) return;
    this.#replaced = 0;
    this.#held = 0;
    this.pieces = new Pieces();
    this.series = new Paged();
    this.created = new Paged();
  }

  private mark(place: number): number {
    return this.pieces.block(place).getUint32(Pieces.offset(place));
  }
}
