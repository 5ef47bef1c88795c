import type { Sample } from '../../collect/sample.js';
import type { Tag } from '../../record/tags.js';
import type { Refusal } from '../push/encoder.js';

/**
 * The names of a series' points: `metric key=value key=value`. Names, keys and values hold letters, digits and `-_./`, and
 * are not empty (OpenTSDB, `Tags.validateString`). A key stands once, with all its values.
 * @param untagged the tags of a series that has none
 */
export function pointNames(
  { path, name, taggedName, tags }: Sample,
  prefix: string,
  untagged: readonly Tag[],
  maxTags: number,
): ((statistic: string) => string) | Refusal {
  if (taggedName === false) return { reason: 'suppressed' };
  const own = taggedName ? [taggedName] : [...path, name];
  const metric = [...(prefix === '' ? [] : [prefix]), ...own].map(legal).join('.');
  const values = new Map<string, string>();
  for (const [category, value] of tags.length === 0 ? untagged : tags) {
    const key = legal(category);
    const before = values.get(key);
    values.set(key, before === undefined ? legal(value) : `${before}/${legal(value)}`);
  }
  if (values.size > maxTags) return { reason: 'too_many_tags' };
  const text = [...values].map(([key, value]) => ` ${key}=${value}`).join('');
  return (statistic) => `${metric}${statistic === '' ? '' : `.${statistic}`}${text}`;
}

function legal(text: string): string {
  return text.replace(/[^\p{L}0-9\-_./]/gu, '_') || '_';
}

/** A line of the telnet-style protocol: `put metric time value key=value …` */
export function put(name: string, value: string, time: number): string {
  const [metric = '', ...tags] = name.split(' ');
  return `put ${metric} ${time} ${fitting(value)} ${tags.join(' ')}\n`;
}

/** An object of the HTTP API. */
export function json(name: string, value: string, timestamp: number): string {
  const [metric, ...tags] = name.split(' ');
  const pairs = Object.fromEntries(tags.map((tag) => tag.split('=')));
  const head = JSON.stringify({ metric, timestamp, tags: pairs });
  // The digits as they are: a number of JavaScript's would round large integers.
  return `${head.slice(0, -1)},"value":${fitting(value)}}`;
}

/** Digits without a dot are an integer of 64 bits to the server, and others a double. */
function fitting(value: string): string {
  return value.includes('.') || Math.abs(Number(value)) < 2 ** 63 ? value : `${value}.0`;
}
