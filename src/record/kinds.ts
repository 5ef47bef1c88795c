// What the host may say of each kind of instrument, and what types follow from it. Nothing here is there at run time.
import type { Family } from './family.js';
import type { DeclaredValues, GaugeType, Merge, MetricOptions, Observe } from './metric.js';
import type { TagValue } from './tags.js';

/** Options of a gauge whose number type is `Type`. */
export interface GaugeOptions<Type extends GaugeType = GaugeType> extends MetricOptions {
  /** How the number is kept; `double` unless given. */
  readonly type?: Type;
  /** What becomes of the values of several threads; `sum` unless given. See `Merge`. */
  readonly merge?: Merge;
  /** Read whenever the recorder is collected, in place of `set`. While it fails the gauge is null. */
  readonly observe?: Observe<number | bigint>;
}

/** Options of a text. */
export interface TextOptions extends MetricOptions {
  /** Read whenever the recorder is collected, in place of `set`. While it fails the text is null. */
  readonly observe?: Observe<string>;
}

/** Options of a histogram or a timer. */
export interface HistogramOptions extends MetricOptions {
  /**
   * Upper bounds of its buckets at backends that have fixed ones: ascending finite numbers in its unit, 2,000 at most.
   * Samples at or below each are counted exactly, whatever the bounds and the values. They are part of what the metric
   * is: registered with others it is a `name_clash`. Unless given, a backend makes buckets of bins.
   */
  readonly buckets?: readonly number[];
}

/** What a gauge of a number type holds. */
export type NumberOf<Type extends GaugeType> = Type extends 'int64' | 'uint64' ? bigint : number;

/** Options of an instrument that is not a family. */
export type NoFamily = { readonly tagNames?: undefined; readonly tagValues?: undefined };

/** Declared values, by the names of the tags. */
export type Declaration = Readonly<Record<string, readonly TagValue[]>>;

/** What `with` takes for a tag with these declared values: 200 and '200' are the same. */
type ValueOf<Values> = {
  [Name in keyof Values]: Values[Name] extends readonly (infer Value extends TagValue)[]
    ? Value | `${Value}`
    : TagValue;
};

/** A family of instruments whose tags have these names and, some of them, declared values. */
export type FamilyOf<Instrument, Name extends string, Values extends DeclaredValues<Name>> = Family<
  Instrument,
  Name,
  ValueOf<Values>
>;

/** The names of the tags that have declared values. */
export type Keys<Values> = keyof Values & string;
