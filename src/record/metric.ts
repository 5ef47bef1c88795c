import { must, optionsOf, shown } from '../checks.js';
import { MetricsError } from '../errors.js';
import { bucketsOf, gaugeTypeOf, nameOf, optional, taggedNameOf, tagNamesOf } from './options.js';
import { sameTags, type Tag, type TagOptions, tagsOf } from './tags.js';
import { type Unit, unitOf } from './units.js';

/** What a series holds. Timers are histograms of seconds. */
export type Kind = 'counter' | 'gauge' | 'text' | 'histogram';

/** How a gauge's number is kept: 64-bit integers exactly, as bigint; everything else as a float64. */
export type GaugeType = 'int32' | 'uint32' | 'int64' | 'uint64' | 'double';

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

/** Turns one name into a family of series: `.with({ … })` gives the series of these tags' values. */
export interface FamilyOptions<Names extends readonly string[]> {
  /** The categories that `.with()` takes values for. */
  readonly tagNames: Names;
}

/** A gauge's or a text's value, read whenever the recorder is collected. */
export type Observe<Value> = () => Value | Promise<Value>;

/** What the host registers by: the namespace's method of this name. */
export type InstrumentName = 'counter' | 'gauge' | 'timer' | 'histogram' | 'text';

const common: readonly string[] = ['help', 'unit', 'tags', 'taggedName', 'tagNames'];
const instrumentOptions: Readonly<Record<InstrumentName, readonly string[]>> = {
  counter: common,
  gauge: [...common, 'type', 'observe'],
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
  readonly unit: Unit | undefined;
  readonly help: string | undefined;
  readonly taggedName: string | false | undefined;
  readonly tags: readonly Tag[];
  readonly tagNames: readonly string[] | undefined;
  readonly buckets: readonly number[] | undefined;
  readonly observe: Observe<unknown> | undefined;

  constructor(instrument: InstrumentName, path: readonly string[], name: string, options: unknown) {
    const given = optionsOf(`${instrument} ${shown(name)}`, options, instrumentOptions[instrument]);
    const timer = instrument === 'timer';
    this.instrument = instrument;
    this.kind = timer ? 'histogram' : instrument;
    this.path = path;
    this.name = nameOf(instrument, name);
    this.type = this.kind === 'gauge' ? gaugeTypeOf(given['type']) : undefined;
    this.unit = unitOf(timer ? (given['unit'] ?? 'seconds') : given['unit']);
    this.help = optional('help', given['help'], 'string');
    this.taggedName = taggedNameOf(given['taggedName']);
    this.tags = tagsOf(given['tags'] as TagOptions | undefined);
    this.tagNames = tagNamesOf(given['tagNames']);
    this.buckets = bucketsOf(given['buckets']);
    this.observe = optional('observe', given['observe'], 'function');
    must(!timer || this.unit === 'seconds', "A timer's unit", 'seconds', this.unit, 'invalid_unit');
    if (this.observe !== undefined && this.tagNames !== undefined) {
      throw new MetricsError(
        'invalid_option',
        `A family cannot be observed; set its series in namespace.onCollect.`,
      );
    }
  }

  /** Whether registering `other` means registering this again. */
  equals(other: Metric): boolean {
    return (
      this.instrument === other.instrument &&
      this.type === other.type &&
      this.unit === other.unit &&
      this.help === other.help &&
      this.taggedName === other.taggedName &&
      this.observe === other.observe &&
      sameTags(this.tags, other.tags) &&
      sameList(this.tagNames, other.tagNames) &&
      sameList(this.buckets, other.buckets)
    );
  }
}

function sameList<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): boolean {
  return (
    a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((x, i) => x === b[i]))
  );
}
