import type { Sample } from '../../collect/sample.js';
import { Name } from '../../encode/taken.js';
import { streamTag, withUnits } from './tags.js';

// The broker's limits (reconnoiter, noit_metric.h and noit_metric.c), in bytes.
const maxName = 4095;
const maxTags = 256;
const maxTag = 256;
const maxCategory = 254;

/** Keys that the trap's grammar keeps for itself. */
const reserved: ReadonlySet<string> = new Set(['_type', '_value', '_ts', '_fl', '_tags']);
/** The same, and names that a broker gives to metrics of its own where it pulls (reconnoiter, resmon.lua). */
export const reservedInPull: ReadonlySet<string> = new Set([...reserved, 'duration', 'services']);

/** A series' name for the broker as a JSON key, with its quotes; or why it cannot have one. */
export type NameText = Name | { readonly reason: string };

/** Names that stay as they are, which is most, and which need no copies. */
const plain = /^[!-_a-{}~]+$/;

/** The broker replaces what is not printable ASCII by blanks; a backtick separates, `|ST[` and `|MT{` begin tags. */
function clean(name: string): string {
  if (plain.test(name)) return name;
  const legal = name
    .replace(/[^ -~]/gu, '_')
    .replaceAll('`', '_')
    .replace(/\|(?=ST\[|MT\{)/g, '_')
    .trim();
  return legal === '' ? '_' : legal;
}

/** The name of a sample's series: ``path`name|ST[category:value,…]``, in the broker's canonical form. */
export function pushName(sample: Sample, taken: ReadonlySet<string> = reserved): NameText {
  const { taggedName, path, name: own } = sample;
  if (taggedName === false) return { reason: 'suppressed' };
  const names = taggedName === undefined ? [...path, own] : [taggedName];
  const bare = names.map(clean).join('`');
  const tags = withUnits(sample);
  if (tags.length > maxTags) return { reason: 'too_many_tags' };
  // Encoded it is no shorter, so that a very long one need not be.
  if (tags.some(([category, value]) => category.length + value.length > maxTag))
    return { reason: 'tag_too_long' };
  const encoded = tags.map((tag) => streamTag(tag, true));
  // A category is ASCII once encoded, so the first colon ends it: plain categories have none, nor has base64.
  if (encoded.some((tag) => tag.length > maxTag || tag.indexOf(':') > maxCategory))
    return { reason: 'tag_too_long' };
  const name = encoded.length === 0 ? bare : `${bare}|ST[${encoded.join(',')}]`;
  // The broker takes every comma of the whole name for one between tags.
  if (name.length >= maxTags && name.split(',').length > maxTags) return { reason: 'too_many_tags' };
  if (name.length > maxName) return { reason: 'name_too_long' };
  return new Name(JSON.stringify(taken.has(name) ? `${name}_` : name));
}
