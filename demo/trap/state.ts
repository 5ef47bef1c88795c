import { addBins, type Bin, type Bins, binOf, decodeBase64, decodeBinString, edgeOf } from './bins.js';
import { parseName } from './name.js';
import type { Submission } from './reader.js';
import { coerce, guessType, type Scalar } from './scalar.js';

/** What the trap holds of one metric. */
export interface Received {
  /** As it came: path, name and tags. */
  readonly fullName: string;
  /** Path and name, joined by backticks. */
  readonly name: string;
  /** Decoded, without `units`, which is told apart. */
  readonly tags: readonly (readonly [category: string, value: string])[];
  readonly units: string | undefined;
  /** How the latest value was declared, or guessed: `i I l L n s h H`. */
  readonly type: string;
  /** 64-bit integers as bigint; null for "there, but without a value"; bins for a histogram. */
  readonly value: Scalar | Bins;
  /** Milliseconds since 1970: the sender's time of the latest value, or else when it came. */
  readonly at: number;
}

/** Histograms and scalars told apart. */
export const isBins = (value: Received['value']): value is Bins => value instanceof Map;

/**
 * Puts a submission into the state; false when it had to be left out, because its name is illegal or its histogram
 * cannot be read. The latest value wins, except that `h` and `_fl: "+"` add to what is there.
 *
 * Where the broker would damage what it is sent, this reader does not follow: text stays whole (the broker cuts it
 * to 255 bytes) and integers exact (the broker may round them to six digits).
 */
export function store(state: Map<string, Received>, submission: Submission, now: number): boolean {
  const name = parseName(submission.name);
  if (name === undefined) return false;
  const before = state.get(submission.name)?.value;
  const read = isHistogram(submission) ? histogram(submission, before) : scalar(submission, before);
  if (read === undefined) return false;

  state.set(submission.name, {
    fullName: submission.name,
    name: name.base,
    tags: name.tags.filter(([category]) => category !== 'units'),
    units: name.tags.find(([category]) => category === 'units')?.[1],
    ...read,
    // The broker takes times this small for "now".
    at: submission.at === undefined || !(submission.at >= 1000) ? now : submission.at,
  });
  return true;
}

type Read = Pick<Received, 'type' | 'value'>;

/**
 * Bins in words are a histogram whatever type they are given: older senders call them `n`, and the broker, which
 * can read no number there, adds them to the histogram.
 */
const isHistogram = ({ type, values }: Submission): boolean =>
  type === 'h' ||
  type === 'H' ||
  (values.length > 0 && values.every((text) => text?.startsWith('H[') ?? false));

/** `h` adds; with `H` a base64 record replaces the histogram and `H[…]=n` replaces that bin. */
function histogram(
  { type, values, at }: Submission,
  before: Received['value'] | undefined,
): Read | undefined {
  const replaces = type === 'H';
  const bins = new Map<number, Bin>(before !== undefined && isBins(before) ? before : []);
  // With a time the broker takes one base64 record and drops everything else; and here 0 does not mean "now".
  const timed = at !== undefined && (replaces || type === 'h');
  if (timed && (values.length !== 1 || at === 0)) return undefined;

  for (const text of values) {
    if (text === null) continue;
    const single = timed ? undefined : singleBin(text);
    const record = single === undefined ? decodeBase64(text) : [single];
    if (record === undefined) return undefined;
    if (replaces && single === undefined) bins.clear();
    if (replaces && single !== undefined) bins.delete(edgeOf(single));
    addBins(bins, record);
  }
  return { type: replaces ? 'H' : 'h', value: bins };
}

/** `H[1.2e+00]=3`, or a plain number, which is one sample. */
function singleBin(text: string): Bin | undefined {
  if (text.startsWith('H[')) return decodeBinString(text);
  const bin = guessType(text) === 's' ? undefined : binOf(Number(text));
  return bin && { ...bin, count: 1n };
}

/** Several numbers for one metric are averaged, and the average is a decimal. */
function scalar(
  { type, values, accumulate }: Submission,
  before: Received['value'] | undefined,
): Read | undefined {
  const texts = values.filter((text) => text !== null);
  const last = texts.at(-1) ?? null;
  const declared = type ?? (last === null ? 'i' : guessType(last));
  if (declared === 's') return { type: 's', value: coerce(last, 's') };

  const numbers = texts.map((text) => coerce(text, declared)).filter((value) => value !== null);
  if (accumulate) {
    const stored = typeof before === 'number' || typeof before === 'bigint' ? Number(before) : 0;
    return { type: 'n', value: stored + sum(numbers) };
  }
  if (numbers.length > 1) return { type: 'n', value: sum(numbers) / numbers.length };
  return { type: declared, value: numbers[0] ?? null };
}

const sum = (numbers: readonly Scalar[]): number =>
  numbers.reduce<number>((total, value) => total + Number(value), 0);
