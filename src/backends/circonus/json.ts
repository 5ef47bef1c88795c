import type { Sample } from '../../collect/sample.js';
import type { Snapshot, Temporality } from '../../collect/snapshot.js';
import { formatG, unsigned64 } from '../../encode/numbers.js';
import { LogLinearHistogram } from '../../histogram/index.js';
import { streamTag, withUnits } from './tags.js';

/** Which of the C library's documents {@link toJson} writes. */
export interface JsonOptions {
  /** One flat object with keys of the form `name|ST[category:value,…]`, in place of nested namespaces. */
  readonly tagged?: boolean;
  /** Bare values without their types; histograms, which have no bare form, are left out. */
  readonly simple?: boolean;
}

/** An object of the nested document: what stands in one namespace. */
interface Level {
  /** The names of its metrics and namespaces. */
  readonly names: Set<string>;
  readonly members: string[];
  readonly levels: Map<string, Level>;
}

/** The letter of a sample's type. */
export function typeLetter({ kind, type }: Sample, temporality: Temporality): string {
  if (kind === 'counter') return 'L';
  if (kind === 'text') return 's';
  if (kind === 'histogram') return temporality === 'delta' ? 'h' : 'H';
  return { int32: 'i', uint32: 'I', int64: 'l', uint64: 'L', double: 'n' }[type ?? 'double'];
}

/** A value as libcircmetrics prints it: doubles with `%g`, so with six digits, bins with `%0.2g`. */
function valueText({ kind, type, value }: Sample): string {
  if (value === null) return 'null';
  if (value instanceof LogLinearHistogram) {
    const bins = Array.from(
      value.bins(),
      ({ edge, count }) => `"H[${formatG(edge, 2)}]=${unsigned64(count)}"`,
    );
    return `[${bins.join(',')}]`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (kind === 'counter') return unsigned64(Number(value)) ?? 'null';
  return type === 'double' ? formatG(Number(value), 6) : value.toString();
}

function taggedName(sample: Sample, name: string = sample.taggedName || sample.name): string {
  const tags = withUnits(sample).map((tag) => streamTag(tag, false));
  return `${name}|ST[${tags.join(',')}]`;
}

/**
 * The key of a sample: its name, with its tags in tagged documents and where it is one of a family, of which the C
 * library has none. The second sample of a name, and those after it, have path and tags there as well, because a key
 * can stand once only.
 */
function keyOf(sample: Sample, tagged: boolean, { names }: Level): string {
  const short = tagged || sample.series.ofFamily ? taggedName(sample) : sample.name;
  let key = names.has(short) ? taggedName(sample, [...sample.path, sample.name].join('`')) : short;
  while (names.has(key)) key += '_';
  names.add(key);
  return key;
}

/**
 * The three JSON documents of libcircmetrics, bug for bug: nested and typed; `simple`, nested and bare; `tagged`,
 * flat and typed. In a delta snapshot histograms are of type `h`, in a cumulative one `H`. Numbers of 64 bits are
 * bare digits: read them with a parser that keeps them.
 */
export function toJson(snapshot: Snapshot, { tagged = false, simple = false }: JsonOptions = {}): string {
  const root: Level = newLevel();
  const levelOf = (path: readonly string[]): Level => {
    let level = root;
    for (const name of path) {
      const next = level.levels.get(name) ?? newLevel();
      level.levels.set(name, next);
      level.names.add(name);
      level = next;
    }
    return level;
  };
  if (!tagged) for (const path of snapshot.namespaces) levelOf(path);
  for (const sample of snapshot) {
    if (simple && sample.kind === 'histogram') continue;
    if (tagged && sample.taggedName === false) continue;
    const value = valueText(sample);
    const typed = simple
      ? value
      : `{"_type":"${typeLetter(sample, snapshot.temporality)}","_value":${value}}`;
    const level = levelOf(tagged ? [] : sample.path);
    level.members.push(`${JSON.stringify(keyOf(sample, tagged, level))}:${typed}`);
  }
  return levelText(root);
}

function newLevel(): Level {
  return { names: new Set(), members: [], levels: new Map() };
}

function levelText({ members, levels }: Level): string {
  const nested = Array.from(levels, ([name, level]) => `${JSON.stringify(name)}:${levelText(level)}`);
  return `{${[...members, ...nested].join(',')}}`;
}
