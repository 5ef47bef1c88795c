import type { Part } from '../../collect/cursor.js';
import type { Sample } from '../../collect/sample.js';
import type { Snapshot } from '../../collect/snapshot.js';
import { TextBody } from '../../encode/body.js';
import { unsigned64 } from '../../encode/numbers.js';
import type { Name } from '../../encode/taken.js';
import { LogLinearHistogram } from '../../histogram/index.js';
import type { Samples, SeriesFormat, Written } from '../push/encoder.js';
import { typeLetter } from './json.js';
import type { NameText } from './names.js';
import { pieces } from './split.js';

const frame = { open: '{', separator: ',', close: '}' } as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
const controls = /[\u0000-\u001f\u007f]+/g;
const utf8 = new TextEncoder();

/** Writes samples as members of a flat, typed document: `"name":{"_type":"L","_value":"42"}`. */
export class Members implements SeriesFormat<Name> {
  readonly nameOf: (sample: Sample) => NameText;
  readonly limit: number;
  readonly #timestamps: boolean;
  /** What stands between a name and a value of the last type. */
  #type = '';
  #time = 0;
  #middle = '';

  /**
   * @param limit the largest body in bytes; the bins of a difference that is longer are spread over several
   * @param timestamps whether samples carry their time; without, a reader takes the time at which it reads
   */
  constructor(
    nameOf: (sample: Sample) => NameText,
    { limit = Number.POSITIVE_INFINITY, timestamps }: { limit?: number; timestamps: boolean },
  ) {
    this.nameOf = nameOf;
    this.limit = limit;
    this.#timestamps = timestamps;
  }

  begin(): TextBody {
    return new TextBody(frame);
  }

  claims(name: Name): readonly Name[] {
    return [name];
  }

  *write([sample]: Samples, name: Name, snapshot: Snapshot): Generator<Written<string>> {
    const value = valueText(sample);
    if (value === undefined) {
      yield { part: sample, reason: 'out_of_range' };
      return;
    }
    const before = name.text + this.#between(sample, snapshot);
    const chunk = `${before}${value}}`;
    // All but texts is ASCII.
    const bytes = sample.kind === 'text' ? utf8.encode(chunk).length : chunk.length;
    const most = this.limit - frame.open.length - frame.close.length;
    const splits = sample.kind === 'histogram' && snapshot.temporality === 'delta';
    if (bytes > most && splits) yield* parted(sample, before, most);
    else yield { chunk, bytes, part: partOf(sample) };
  }

  /** Made anew only for another type than the last one: there are very many samples. */
  #between(sample: Sample, { at, temporality }: Snapshot): string {
    const letter = typeLetter(sample, temporality);
    if (letter !== this.#type || at !== this.#time) {
      const stamp = this.#timestamps ? `"_ts":${Math.floor(at)},` : '';
      this.#middle = `:{"_type":"${letter}",${stamp}"_value":`;
      this.#type = letter;
      this.#time = at;
    }
    return this.#middle;
  }
}

/** A difference that is too long for one body, in pieces that add up to it. */
function* parted({ series, value }: Sample, before: string, most: number): Generator<Written<string>> {
  const rest = (value as LogLinearHistogram).clone();
  for (const piece of pieces(value as LogLinearHistogram, most - before.length - 3)) {
    rest.subtract(piece);
    const chunk = `${before}"${piece.toBase64()}"}`;
    yield { chunk, bytes: chunk.length, part: { series, value: piece } };
  }
  if (rest.count > 0) yield { part: { series, value: rest }, reason: 'too_large' };
}

/** A value in the form that the broker reads without loss: numbers as strings, which it does not make doubles of. */
function valueText({ kind, value }: Sample): string | undefined {
  if (value === null) return 'null';
  if (value instanceof LogLinearHistogram) return `"${value.toBase64()}"`;
  // The broker cuts a text at its first newline.
  if (typeof value === 'string') return JSON.stringify(value.replace(controls, ' ').trim());
  const text = kind === 'counter' ? unsigned64(Number(value)) : value.toString();
  return text && `"${text}"`;
}

/** What the body carries of a sample: of a counter with a fraction, which the type cannot have, the whole part. */
function partOf(sample: Sample): Part {
  const { kind, value, series } = sample;
  if (kind !== 'counter' || Number.isInteger(value)) return sample;
  return { series, value: Math.floor(Number(value)) };
}
