import type { InstrumentName, Metric } from '../../record/metric.js';
import type { Tag } from '../../record/tags.js';
import { type Arena, DamagedError } from './arena.js';
import type { SharedCells } from './cells.js';
import { cellsOf, originWords, record, slabLength } from './layout.js';

/** What the series of one metric share, as a thread announces it: what the host registered, and all tags. */
export interface OriginRecord {
  readonly instrument: Metric['instrument'];
  readonly path: readonly string[];
  readonly name: string;
  /** As the namespace's method takes them, without functions. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The tags of the namespaces and of the metric. */
  readonly base: readonly Tag[];
}

const instruments: readonly InstrumentName[] = ['counter', 'gauge', 'timer', 'histogram', 'text'];

const wordBytes = Int32Array.BYTES_PER_ELEMENT;

/** A piece of shared memory. */
export interface Piece {
  readonly index: number;
  /** How many cells. */
  readonly length: number;
}

/** What a metric is, in the form in which threads tell each other. */
export function originRecord(metric: Metric, base: readonly Tag[]): OriginRecord {
  const { instrument, path, name, help, unit, taggedName, tagNames, tagValues, expireAfter, buckets } =
    metric;
  const tags: Record<string, string[]> = Object.create(null);
  for (const [category, value] of metric.tags) tags[category] = [...(tags[category] ?? []), value];
  const family = tagNames && { tagNames, maxSeries: metric.maxSeries, expireAfter };
  const gauge = metric.kind === 'gauge' ? { type: metric.type, merge: metric.merge } : {};
  const options = {
    ...{ help, unit, taggedName, buckets, tags },
    ...family,
    ...gauge,
    tagValues: tagValues && Object.fromEntries(tagValues),
  };
  return { instrument, path, name, options, base };
}

/** The words of the slab that an index is in. */
export function wordsAt(arena: Arena, index: number): Int32Array {
  return arena.words(Math.floor(index / slabLength));
}

/** Where among them. */
export function wordOf(index: number): number {
  return (index % slabLength) * 2;
}

/**
 * Takes memory for so many words, of which the last says how many bytes follow, and these: JSON, in UTF-8.
 * `undefined` where there is no memory, or it does not fit into one slab.
 */
export function writeJson(cells: SharedCells, words: number, value: unknown): Piece | undefined {
  const text = value === undefined ? '' : JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  const length = cellsOf(words) + Math.ceil(bytes / Float64Array.BYTES_PER_ELEMENT);
  if (length > slabLength) return undefined;
  const index = cells.take(length);
  if (index === 0) return undefined;
  cells.arena.bytes(Math.floor(index / slabLength)).write(text, (wordOf(index) + words) * wordBytes);
  wordsAt(cells.arena, index)[wordOf(index) + words - 1] = bytes;
  return { index, length };
}

/**
 * What {@link writeJson} wrote; `undefined` where it was nothing.
 * @throws DamagedError
 */
function readJson(arena: Arena, index: number, words: number): unknown {
  arena.check(index, cellsOf(words));
  const at = wordOf(index) + words;
  const bytes = wordsAt(arena, index)[at - 1]!;
  if (bytes === 0) return undefined;
  arena.check(index, cellsOf(words) + Math.ceil(bytes / Float64Array.BYTES_PER_ELEMENT));
  const start = at * wordBytes;
  try {
    return JSON.parse(arena.bytes(Math.floor(index / slabLength)).toString('utf8', start, start + bytes));
  } catch {
    throw new DamagedError();
  }
}

/**
 * What the series of one metric share.
 * @throws DamagedError
 */
export function readOrigin(arena: Arena, index: number): OriginRecord {
  const origin = readJson(arena, index, originWords) as OriginRecord | null | undefined;
  const { instrument, path, name, options, base } = origin ?? ({} as Partial<OriginRecord>);
  const whole =
    instruments.includes(instrument as InstrumentName) &&
    areTexts(path) &&
    typeof name === 'string' &&
    typeof options === 'object' &&
    Array.isArray(base) &&
    base.every((tag) => areTexts(tag) && tag.length === 2);
  if (!whole) throw new DamagedError();
  return origin as OriginRecord;
}

/**
 * A series' tag values: as many as its metric has names, or none.
 * @throws DamagedError
 */
export function readValues(arena: Arena, index: number, { tagNames = [] }: Metric): readonly string[] {
  const values = readJson(arena, index, record.length) ?? [];
  if (!areTexts(values) || (values.length !== 0 && values.length !== tagNames.length))
    throw new DamagedError();
  return values;
}

function areTexts(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((one) => typeof one === 'string');
}
