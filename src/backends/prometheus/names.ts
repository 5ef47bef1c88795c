import type { Series } from '../../record/series.js';
import type { Tag } from '../../record/tags.js';

/** Every character that neither a metric's nor a label's name may have becomes `_`; colons are for recording rules. */
function legal(text: string): string {
  return /^\w*$/.test(text) ? text : text.replace(/[^a-zA-Z0-9_]/gu, '_');
}

function notDigitFirst(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/** The name of a metric before units and suffixes: its path and its own name, joined by `_`. */
export function baseName({ path, name, taggedName }: Series['metric']): string {
  const names = taggedName === undefined || taggedName === false ? [...path, name] : [taggedName];
  return notDigitFirst(names.map(legal).join('_'));
}

/**
 * A tag's category as the name of a label. Names that begin with `__` are Prometheus' own (`__name__`), and `le` and
 * `quantile` belong to histograms and summaries.
 */
export function labelName(category: string): string {
  const name = notDigitFirst(legal(category).replace(/^__+/, '_'));
  return name === 'le' || name === 'quantile' ? `${name}_` : name;
}

// Half of a pair has no form in UTF-8.
const lone = /\p{Surrogate}/gu;
/** What has to be looked at closer; halves of pairs, too, without their order. */
const unusual = /[\\"\n\ud800-\udfff]/;

/** A label's value between its quotes. */
export function labelValue(text: string): string {
  if (!unusual.test(text)) return text;
  return text
    .replace(lone, '\ufffd')
    .replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

/** A series' labels. */
export interface Labels {
  /** `a="b",c="d"`, without braces; empty where there are none. */
  readonly text: string;
  /** The names in use. */
  readonly names: readonly string[];
  /** Whether other tags could have given the same labels. */
  readonly ambiguous: boolean;
}

/** Tags as labels: the values of one category joined by `,`; those without a value left out, which is what they mean. */
export function labelsOf(tags: readonly Tag[]): Labels {
  const names: string[] = [];
  const values: string[] = [];
  let ambiguous = false;
  for (const [category, value] of tags) {
    const name = labelName(category);
    // Tags are few: an array is searched faster than a map is made.
    const before = names.indexOf(name);
    if (name !== category || before >= 0 || value === '' || (unusual.test(value) && value.search(lone) >= 0))
      ambiguous = true;
    if (value === '') continue;
    if (before >= 0) {
      values[before] += `,${value}`;
    } else {
      names.push(name);
      values.push(value);
    }
  }
  let text = '';
  for (const [i, name] of names.entries())
    text += `${i === 0 ? '' : ','}${name}="${labelValue(values[i] as string)}"`;
  return { text, names, ambiguous };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
const controls = /[\u0000-\u0009\u000b-\u001f\u007f]/g;

/** A help text as it stands after `# HELP name `. OpenMetrics escapes quotes as well. */
export function helpText(help: string, quotes: boolean): string {
  const escaped = help
    .replace(lone, '\ufffd')
    .replace(controls, ' ')
    .trim()
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n');
  return quotes ? escaped.replaceAll('"', '\\"') : escaped;
}
