import type { Sample } from '../../collect/sample.js';
import { quantileName } from '../../encode/names.js';
import { Name } from '../../encode/taken.js';
import type { Refusal } from '../push/encoder.js';
import type { StatsdSettings } from './options.js';

/** Datadog keeps names, and tags, of at most this many characters. */
const maxName = 200;

/** How a series is written. */
export interface SeriesText {
  readonly name: string;
  /** `|#category:value,…`, or nothing. */
  readonly tags: string;
  /** What tells it from other series at the receiver: its name and tags, or those of each of its statistics. */
  readonly identities: readonly Name[];
}

/** The name and the tags of a sample's series, of nothing but what the dialect's receivers keep as it is. */
export function seriesText(sample: Sample, settings: StatsdSettings): SeriesText | Refusal {
  const dog = settings.dialect === 'dogstatsd';
  const { taggedName, path, name: ownName } = sample;
  if (settings.tags && taggedName === false) return { reason: 'suppressed' };
  const own = settings.tags && taggedName ? [taggedName] : [...path, ownName];
  const name = [settings.prefix, ...own]
    .filter((part) => part !== '')
    .join('.')
    // To Graphite behind the daemon nothing between two dots is nothing at all.
    .split('.')
    .map((part) => part || '_')
    .join('.')
    .replace(dog ? /[^A-Za-z0-9_.]/gu : /[^A-Za-z0-9_.-]/gu, '_');
  // Datadog's names begin with a letter.
  const legal = dog && !/^[A-Za-z]/.test(name) ? `m_${name}` : name;
  if (dog && legal.length > maxName) return { reason: 'name_too_long' };
  const list = settings.tags ? sample.tags.map(([category, value]) => tagText(category, value)) : [];
  if (dog && list.some((tag) => tag.length > maxName)) return { reason: 'tag_too_long' };
  const tags = list.length === 0 ? '' : `|#${list.join(',')}`;
  const summary = sample.kind === 'histogram' && settings.distributions === 'summary';
  const statistics = summary ? ['count', 'sum', 'min', 'max', 'mean'] : [''];
  if (summary) statistics.push(...settings.quantiles.map(quantileName));
  // The agent lower-cases tags.
  const [before, after] = [summary ? `${legal}.` : legal, tags.toLowerCase()];
  return { name: legal, tags, identities: statistics.map((one) => new Name(before + one + after)) };
}

/** One tag as `category:value`, or the category alone where the value is empty: a tag must not end in a colon. */
function tagText(category: string, value: string): string {
  const key = category
    .replace(/[^\p{L}\p{N}_./-]/gu, '_')
    .replace(/^(?!\p{L})/u, 'm_')
    // The agent takes these for the origin of the packet.
    .replace(/^dd\.internal\./, 'dd_internal_');
  const text = value
    .replace(/[^\p{L}\p{N}_./:-]/gu, '_')
    .replace(/:+$/, (colons) => '_'.repeat(colons.length));
  return text === '' ? key : `${key}:${text}`;
}
