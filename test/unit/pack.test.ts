// How entries become bodies: within a limit of bytes, in order, each part in one of them.
import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/collect/cursor.js';
import type { Sample } from '../../src/collect/sample.js';
import { BinaryBody, type Frame, TextBody } from '../../src/encode/body.js';
import { type Entry, nothing, pack, partOf } from '../../src/encode/pack.js';
import type { LogLinearHistogram } from '../../src/histogram/index.js';
import { Recorder } from '../../src/recorder.js';

const frame: Frame = { open: '{{', separator: ';;;', close: '}' };
const overhead = 3;

/** Samples of counters, to tell parts by. */
function samplesOf(count: number): readonly Sample[] {
  const recorder = new Recorder();
  const family = recorder.counter('c', { tagNames: ['n'], maxSeries: count });
  for (let n = 0; n < count; n++) family.with({ n }).add();
  return recorder.snapshot().samples as unknown as readonly Sample[];
}
const parts = samplesOf(20);
const entry = (chunk: string, part?: Entry['part'], others: readonly Part[] = []): Entry => ({
  chunk,
  bytes: chunk.length,
  part,
  others,
});

function packed(entries: readonly Entry[], limit: number, due?: () => boolean) {
  const tooLarge: Part[] = [];
  const bodies = [
    ...pack(
      entries,
      () => new TextBody(frame),
      limit,
      (part) => tooLarge.push(part),
      due,
    ),
  ];
  return { bodies, texts: bodies.map(({ body }) => body), tooLarge };
}

describe('a body', () => {
  it('holds an entry that is exactly as long as the limit, and none that is longer', () => {
    const [a, b, c] = parts as [Sample, Sample, Sample];
    const entries = [entry('x'.repeat(10), a), entry('y'.repeat(11), b, [c]), entry('z'.repeat(9))];
    const { bodies, tooLarge } = packed(entries, overhead + 10);
    expect(bodies).toEqual([
      { body: '{{xxxxxxxxxx}', parts: [a] },
      { body: '{{zzzzzzzzz}', parts: [] },
    ]);
    expect(tooLarge).toEqual([b, c]);
  });

  it('holds entries that together are exactly as long as the limit, and no more', () => {
    const all = ['aaaa', 'bbbb', 'cccc', 'dddd', 'ee'].map((text, i) => entry(text, parts[i]));
    expect(packed(all, overhead + 11).texts).toEqual(['{{aaaa;;;bbbb}', '{{cccc;;;dddd}', '{{ee}']);
    expect(packed(all, overhead + 10).texts).toEqual(['{{aaaa}', '{{bbbb}', '{{cccc}', '{{dddd;;;ee}']);
    expect(packed(all, 1000).bodies).toEqual([
      { body: '{{aaaa;;;bbbb;;;cccc;;;dddd;;;ee}', parts: parts.slice(0, 5) },
    ]);
    expect(packed([], 1000).bodies).toEqual([]);
  });

  it('counts the bytes that an entry says, not its characters', () => {
    const wide: Entry = { chunk: 'ü', bytes: 2, part: parts[0] };
    expect(packed([wide], overhead + 2).texts).toEqual(['{{ü}']);
    expect(packed([wide], overhead + 1).tooLarge).toEqual([parts[0]]);
  });

  it('has its texts in order and once, however many there are', () => {
    const count = 3 * 256 + 1;
    const many = samplesOf(count);
    const entries = many.map((part, i) => entry(String(i).padStart(4, '0'), part));
    const whole = packed(entries, 1_000_000);
    const texts = entries.map(({ chunk }) => chunk);
    expect(whole.texts).toEqual([`{{${texts.join(';;;')}}`]);
    expect(whole.bodies[0]?.parts).toEqual(many);
    // 300 in a body: joined ones, and the next body begins anew.
    const limit = overhead + 300 * 7 - 3;
    const split = packed(entries, limit);
    expect(split.texts.map(({ length }) => length)).toEqual([limit, limit, overhead + 169 * 7 - 3]);
    expect(split.texts.map((text) => text.slice(2, -1)).join(';;;')).toBe(texts.join(';;;'));
    expect(split.bodies.map((body) => body.parts.length)).toEqual([300, 300, 169]);
    expect(split.bodies.flatMap((body) => body.parts)).toEqual(many);
  });
});

describe('an entry without text', () => {
  it('goes along with what stands in the body already', () => {
    const [a, b, c, d] = parts as [Sample, Sample, Sample, Sample];
    const { bodies } = packed([entry('xx', a), entry('', b, [c]), nothing, entry('yy', d)], overhead + 2);
    expect(bodies).toEqual([
      { body: '{{xx}', parts: [a, b, c] },
      { body: '{{yy}', parts: [d] },
    ]);
  });

  it('is time to ask whether the event loop is due, every 16 entries', () => {
    let asked = 0;
    const yes = (): boolean => {
      asked++;
      return true;
    };
    const pause = { body: '', parts: [] };
    expect(packed(Array(15).fill(nothing), 100, yes).bodies).toEqual([]);
    expect(asked).toBe(0);
    expect(packed(Array(48).fill(nothing), 100, yes).bodies).toEqual([pause, pause, pause]);
    expect(packed(Array(48).fill(nothing), 100, () => false).bodies).toEqual([]);
    const text = Array.from({ length: 16 }, (_, i) => entry('x', parts[i]));
    expect(packed(text, 1000, yes).bodies).toEqual([
      pause,
      { body: `{{${Array(16).fill('x').join(';;;')}}`, parts: parts.slice(0, 16) },
    ]);
  });
});

describe('bins of a histogram', () => {
  const recorder = new Recorder();
  recorder.histogram('h').record(1, 2);
  recorder.histogram('h').record(5, 3);
  recorder.histogram('i').record(1, 2);
  const [h, i] = recorder.snapshot().samples as unknown as [Sample, Sample];
  const shown = (list: readonly Part[]) =>
    list.map((part) =>
      part === h || part === i
        ? `all of ${part.series.name}`
        : `${part.series.name}: ${(part.value as LogLinearHistogram).toStrings()}`,
    );
  const of = (sample: Sample, ...bins: readonly [number, number][]) => ({ sample, bins });

  it('are one part of a body, which is the sample itself where they are all of it', () => {
    const entries = [
      entry('a', of(h, [1, 1])),
      entry('b', of(h, [1, 1], [5, 3])),
      entry('c', of(i, [1, 1])),
      entry('d', parts[0]),
      entry('e', of(i, [1, 1])),
    ];
    const whole = packed(entries, 1000).bodies;
    expect(whole).toHaveLength(1);
    expect(whole[0]?.parts[1]).toBe(parts[0]);
    expect(shown(whole[0]?.parts.filter((part) => part !== parts[0]) ?? [])).toEqual([
      'all of h',
      'all of i',
    ]);
    const split = packed(entries, overhead + 1).bodies;
    expect(split.map((body) => shown(body.parts.filter((part) => part !== parts[0])))).toEqual([
      ['h: H[1.0e+00]=1'],
      ['h: H[1.0e+00]=1,H[5.0e+00]=3'],
      ['i: H[1.0e+00]=1'],
      [],
      ['i: H[1.0e+00]=1'],
    ]);
  });

  it('of an entry that is too large are dropped as such', () => {
    const { tooLarge } = packed(
      [entry('xx', of(h, [5, 2])), entry('yy', of(h, [1, 2], [5, 3]))],
      overhead + 1,
    );
    expect(shown(tooLarge)).toEqual(['h: H[5.0e+00]=2', 'all of h']);
    expect(partOf(of(i, [1, 2]))).toBe(i);
    expect(partOf(h)).toBe(h);
  });
});

it('bytes behind a head are packed like texts', () => {
  const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);
  const entries = [bytes(1, 2), bytes(3), bytes(4, 5, 6), bytes(7, 8, 9, 10)].map((chunk, i) => ({
    chunk,
    bytes: chunk.length,
    part: parts[i],
  }));
  const tooLarge: Part[] = [];
  const bodies = [
    ...pack(
      entries,
      () => new BinaryBody(bytes(99)),
      4,
      (part) => tooLarge.push(part),
    ),
  ];
  expect(bodies).toEqual([
    { body: bytes(99, 1, 2, 3), parts: [parts[0], parts[1]] },
    { body: bytes(99, 4, 5, 6), parts: [parts[2]] },
  ]);
  expect(tooLarge).toEqual([parts[3]]);
});
