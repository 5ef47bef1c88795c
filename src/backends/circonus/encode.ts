import type { Part } from '../../collect/cursor.js';
import { Kept } from '../../collect/kept.js';
import type { Sample } from '../../collect/sample.js';
import type { Snapshot } from '../../collect/snapshot.js';
import { unsigned64 } from '../../encode/numbers.js';
import { type Entry, type Frame, nothing, pack } from '../../encode/pack.js';
import { Names } from '../../encode/taken.js';
import type { Drop, Payload } from '../../flush/backend.js';
import { LogLinearHistogram } from '../../histogram/index.js';
import { typeLetter } from './json.js';
import { type NameText, pushName } from './names.js';
import { pieces } from './split.js';

const frame: Frame = { open: '{', separator: ',', close: '}' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
const controls = /[\u0000-\u001f\u007f]+/g;

/** Writes snapshots as HTTPTrap documents: flat, always typed, with timestamps. */
export class TrapEncoder {
  readonly #limit: number;
  readonly #members = new Members((sample) => pushName(sample));

  /** @param limit the largest body in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  *encode(snapshot: Snapshot, drop: Drop, due?: () => boolean): Generator<Payload> {
    const most = this.#limit - frame.open.length - frame.close.length;
    const entries = this.#members.of(snapshot, drop, Math.floor(snapshot.at), most);
    yield* pack(entries, frame, this.#limit, (part) => drop(part, 'too_large'), due);
  }
}

/** Samples as members of a flat, typed document: `"name":{"_type":"L","_value":"42"}`. */
export class Members {
  readonly #nameOf: (sample: Sample) => NameText;
  // Names never change while their series lives, and making one is most of the work.
  readonly #names = new Kept<NameText>();
  readonly #all = new Names<true>();
  readonly #utf8 = new TextEncoder();

  constructor(nameOf: (sample: Sample) => NameText) {
    this.#nameOf = nameOf;
  }

  /**
   * @param time of the samples in milliseconds since 1970; without, a reader takes the time at which it reads
   * @param most how many bytes an entry may have; the bins of a longer difference become several
   */
  *of(
    snapshot: Snapshot,
    drop: Drop,
    time?: number,
    most: number = Number.POSITIVE_INFINITY,
  ): Generator<Entry> {
    const taken = this.#all.begin();
    const stamp = time === undefined ? '' : `"_ts":${time},`;
    let type = '';
    let middle = '';
    for (const sample of snapshot.steps()) {
      if (sample === undefined) {
        yield nothing;
        continue;
      }
      const name = this.#name(sample);
      const reason = 'reason' in name ? name.reason : taken.take(name, true) ? 'collision' : undefined;
      const value = reason === undefined ? valueText(sample) : undefined;
      if (value === undefined || 'reason' in name) {
        drop(sample, reason ?? 'out_of_range');
        yield nothing;
        continue;
      }
      const letter = typeLetter(sample, snapshot.temporality);
      if (letter !== type) {
        type = letter;
        middle = `:{"_type":"${type}",${stamp}"_value":`;
      }
      const text = `${name.text}${middle}${value}}`;
      // All but texts is ASCII.
      const bytes = sample.kind === 'text' ? this.#utf8.encode(text).length : text.length;
      if (bytes > most && sample.kind === 'histogram' && snapshot.temporality === 'delta')
        yield* parted(sample, name.text + middle, most, drop);
      else yield { text, bytes, part: partOf(sample) };
    }
  }

  #name(sample: Sample): NameText {
    const kept = this.#names.get(sample.series);
    if (kept !== undefined) return kept;
    const made = this.#nameOf(sample);
    this.#names.set(sample.series, made);
    return made;
  }
}

/** A difference that is too long for one body, in pieces that add up to it. */
function* parted({ series, value }: Sample, before: string, most: number, drop: Drop): Generator<Entry> {
  const rest = (value as LogLinearHistogram).clone();
  for (const piece of pieces(value as LogLinearHistogram, most - before.length - 3)) {
    rest.subtract(piece);
    const text = `${before}"${piece.toBase64()}"}`;
    yield { text, bytes: text.length, part: { series, value: piece } };
  }
  if (rest.count > 0) drop({ series, value: rest }, 'too_large');
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
