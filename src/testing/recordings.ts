import { Recorder } from '../recorder.js';

/** mulberry32: reproducible numbers from 0 to below 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What formats are broken with: separators, quotes, ends of lines, lone surrogates, prototypes' names, length. */
const characters = [...'|:;,=#@`"\'\\.{}[]()~+-/ \n\r\t\0aZ09_é☃', '\ud800', '\udc00', '\u2028', '😀'];
const words = [
  '__proto__',
  'constructor',
  'name',
  'host',
  '_type',
  '_value',
  'b"Zm9v"',
  'ST[a:b]',
  'x'.repeat(5000),
];

/** A text that somebody might use to forge another. */
export function hostileText(random: () => number): string {
  if (random() < 0.1) return words[Math.floor(random() * words.length)] as string;
  const length = 1 + Math.floor(random() * 12);
  return Array.from({ length }, () => characters[Math.floor(random() * characters.length)]).join('');
}

/** A recorder with metrics of all kinds, whose names, tags, texts and values are as bad as the host may make them. */
export function hostileRecorder(random: () => number): Recorder {
  const recorder = new Recorder({ onWarning: () => {} });
  const count = Math.floor(random() * 12);
  for (let i = 0; i < count; i++) {
    const tags = Object.fromEntries(
      Array.from({ length: Math.floor(random() * 4) }, () => [hostileText(random), hostileText(random)]),
    );
    const numbers = Array.from(
      { length: Math.floor(random() * 40) },
      () => (random() - 0.5) * 10 ** (random() * 12 - 6),
    );
    try {
      record(recorder, Math.floor(random() * 6), hostileText(random), tags, numbers, hostileText(random));
    } catch {
      // Two names clash, which the host is told at once.
    }
  }
  return recorder;
}

function record(
  recorder: Recorder,
  kind: number,
  name: string,
  tags: Readonly<Record<string, string>>,
  numbers: readonly number[],
  text: string,
): void {
  if (kind === 0) for (const n of numbers) recorder.counter(name, { tags }).add(Math.abs(n));
  else if (kind === 1) for (const n of numbers) recorder.gauge(name, { tags }).set(n);
  else if (kind === 2) recorder.text(name, { tags }).set(text);
  else if (kind === 3) recorder.gauge(name, { tags, type: 'int64' }).set(-(2n ** 63n));
  else if (kind === 4) for (const n of numbers) recorder.timer(name, { tags }).record(Math.abs(n));
  else
    for (const n of numbers) recorder.histogram(name, { tags }).record(n, 1 + (Math.abs(Math.floor(n)) % 5));
}
