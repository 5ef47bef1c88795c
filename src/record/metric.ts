import { must, optionsOf, shown } from '../checks.js';
import { MetricsError } from '../errors.js';
import { Bounds } from '../histogram/index.js';
import {
  atLeastOne,
  bucketsOf,
  gaugeTypeOf,
  mergeOf,
  nameOf,
  optional,
  taggedNameOf,
  tagNamesOf,
  tagValuesOf,
} from './options.js';
import { type Tag, type TagOptions, type TagValue, tagsOf } from './tags.js';
import { type Unit, unitOf } from './units.js';

/** What a series holds. Timers are histograms of seconds. */
export type Kind = 'counter' | 'gauge' | 'text' | 'histogram';

/** How a gauge's number is kept: 64-bit integers exactly, as bigint; everything else as a float64. */
export type GaugeType = 'int32' | 'uint32' | 'int64' | 'uint64' | 'double';

/**
 * What a gauge is that several threads have: the `sum` of their values, which counts of what is in use add up to; the
 * least or the greatest; the `last`, that of the thread whose value was last seen to change; or `each`, a series for
 * each worker with a tag `thread`, beside that of the thread that reads them all. Null values are left out.
 */
export type Merge = 'sum' | 'max' | 'min' | 'last' | 'each';

/** What every instrument may be given when it is registered. */
export interface MetricOptions {
  /** One sentence for people: what is counted or measured. */
  readonly help?: string;
  /** What one of it is; see the table of units. */
  readonly unit?: Unit;
  /** Tags of its own, added to those of its namespaces. */
  readonly tags?: TagOptions;
  /** The name in tagged output in place of its own; `false` leaves the metric out of tagged output. */
  readonly taggedName?: string | false;
}

/** How many series a family may have, and for how long. */
export interface FamilyLimits {
  /**
   * How many series there may be at most, 1 or more; 2,000 unless given. What is beyond goes to one more series with
   * the only tag `overflow=true`.
   */
  readonly maxSeries?: number;
  /**
   * After how many milliseconds without a touch a series ends, 1 or more; never unless given. Setting the wall clock
   * changes nothing. It is measured at the
   * reads of the recorder and twice in that time, so it may take up to half as long again. A handle that was kept
   * makes a new series when it is used again.
   */
  readonly expireAfter?: number;
}

/** Declares which values a tag may have; others go to the family's overflow. */
export type DeclaredValues<Name extends string> = { readonly [N in Name]?: readonly TagValue[] };

/** Turns one name into a family of series: `.with({ … })` gives the series of these tags' values. */
export interface FamilyOptions<
  Names extends readonly string[],
  Values extends DeclaredValues<Names[number]> = Record<never, never>,
> extends FamilyLimits {
  /** The categories that `.with()` takes values for. */
  readonly tagNames: Names;
  /** The values that some of them may have. Where all are declared, every combination exists from the start, at zero. */
  readonly tagValues?: Values;
}

/** A family whose tags are those that have declared values. */
export interface DeclaredOptions<Values extends Readonly<Record<string, readonly TagValue[]>>>
  extends FamilyLimits {
  /** Not given: they are the names that have declared values. */
  readonly tagNames?: undefined;
  /** The categories that `.with()` takes values for, and the values. Every combination exists from the start, at zero. */
  readonly tagValues: Values;
}

/** A gauge's or a text's value, read whenever the recorder is collected. */
export type Observe<Value> = () => Value | Promise<Value>;

/** What the host registers by: the namespace's method of this name. */
export type InstrumentName = 'counter' | 'gauge' | 'timer' | 'histogram' | 'text';

const family = ['tagNames', 'tagValues', 'maxSeries', 'expireAfter'];
const common: readonly string[] = ['help', 'unit', 'tags', 'taggedName', ...family];
const instrumentOptions: Readonly<Record<InstrumentName, readonly string[]>> = {
  counter: common,
  gauge: [...common, 'type', 'observe', 'merge'],
  timer: [...common, 'buckets'],
  histogram: [...common, 'buckets'],
  text: [...common, 'observe'],
};

/** What a metric is: the part that all series of one name share. Never changes once registered. */
export class Metric {
  /** The namespace's method that it was registered by. */
  readonly instrument: InstrumentName;
  readonly kind: Kind;
  readonly path: readonly string[];
  readonly name: string;
  readonly type: GaugeType | undefined;
  /** A gauge's. */
  readonly merge: Merge;
  readonly unit: Unit | undefined;
  readonly help: string | undefined;
  readonly taggedName: string | false | undefined;
  readonly tags: readonly Tag[];
  /** A family's, in the order of the series' values. */
  readonly tagNames: readonly string[] | undefined;
  /** By name, where a tag declares them. */
  readonly tagValues: ReadonlyMap<string, readonly string[]> | undefined;
  /** How many combinations of declared values there are; 0 where some tag declares none. */
  readonly declared: number;
  readonly maxSeries: number;
  readonly expireAfter: number | undefined;
  /** A histogram's or a timer's. */
  readonly buckets: readonly number[] | undefined;
  readonly observe: Observe<unknown> | undefined;
  #bounds: Bounds | undefined;

  constructor(instrument: InstrumentName, path: readonly string[], name: string, options: unknown) {
    const given = optionsOf(`${instrument} ${shown(name)}`, options, instrumentOptions[instrument]);
    const timer = instrument === 'timer';
    this.instrument = instrument;
    this.kind = timer ? 'histogram' : instrument;
    this.path = path;
    this.name = nameOf(instrument, name);
    this.type = this.kind === 'gauge' ? gaugeTypeOf(given['type']) : undefined;
    this.merge = mergeOf(given['merge']);
    this.unit = unitOf(timer ? (given['unit'] ?? 'seconds') : given['unit']);
    this.help = optional('help', given['help'], 'string');
    this.taggedName = taggedNameOf(given['taggedName']);
    this.tags = tagsOf(given['tags'] as TagOptions | undefined);
    this.tagValues = tagValuesOf(given['tagValues'], given['tagNames']);
    this.tagNames = tagNamesOf(given['tagNames'] ?? (this.tagValues && [...this.tagValues.keys()]));
    this.maxSeries = atLeastOne('maxSeries', given['maxSeries']) ?? 2000;
    this.expireAfter = atLeastOne('expireAfter', given['expireAfter']);
    this.declared = (this.tagNames ?? []).reduce(
      (product, tag) => product * (this.tagValues?.get(tag)?.length ?? 0),
      1,
    );
    this.buckets = bucketsOf(given['buckets']);
    this.observe = optional('observe', given['observe'], 'function');
    must(!timer || this.unit === 'seconds', "A timer's unit", 'seconds', this.unit, 'invalid_unit');
    if (this.tagNames === undefined) {
      for (const option of family) {
        if (given[option] !== undefined)
          throw new MetricsError('invalid_option', `${option} is for families; add tagNames.`);
      }
    } else if (this.observe !== undefined) {
      throw new MetricsError(
        'invalid_option',
        `A family cannot be observed; set its series in namespace.onCollect.`,
      );
    } else if (this.declared > this.maxSeries) {
      throw new MetricsError(
        'too_many_series',
        `The declared values of ${shown(name)} make ${this.declared} series, more than maxSeries, ${this.maxSeries}.`,
      );
    }
  }

  /** Its {@link buckets}, prepared once for all its series. */
  get bounds(): Bounds | undefined {
    if (this.buckets !== undefined) this.#bounds ??= new Bounds(this.buckets);
    return this.#bounds;
  }

  /** What it is called in messages: `gauge "api.depth"`. */
  get label(): string {
    return `${this.instrument} ${shown([...this.path, this.name].join('.'))}`;
  }

  /**
   * The first of its options that another registration has otherwise, with both values, for messages; `undefined` where
   * it means this metric again. Neither `help` nor `observe` makes another one.
   */
  difference(other: Metric): string | undefined {
    const option = identity.find((one) => !same(this[one], other[one]));
    if (option === undefined) return undefined;
    return `its ${option} is ${told(this[option])}, not ${told(other[option])}`;
  }
}

/** What tells metrics of one name apart. */
const identity = [
  'instrument',
  'type',
  'merge',
  'unit',
  'taggedName',
  'tags',
  'tagNames',
  'tagValues',
  'maxSeries',
  'expireAfter',
  'buckets',
] as const;

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, x]) => same(x, b.get(key)));
  return a === b;
}

/** An option's value in a message. */
function told(value: unknown): string {
  if (value === undefined) return 'not given';
  const text = JSON.stringify(value instanceof Map ? Object.fromEntries(value) : value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
