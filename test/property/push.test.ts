import { type Payload, Recorder, type Sample } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseName } from '../../demo/trap/name.js';
import { seed } from '../seed.js';

/** What breaks formats: separators, quotes, escapes, control characters, lone surrogates, names of prototypes. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      '|',
      'ST[',
      'MT{',
      ']',
      ':',
      ',',
      '`',
      '"',
      'b"',
      '\\',
      '\n',
      '\0',
      '\ud800',
      'é',
      '=',
      ' ',
      '+',
      'a',
    ),
    maxLength: 20,
  }),
  fc.constantFrom('__proto__', 'constructor', '_type', '_value', 'b"Zm9v"', '|ST[a:b]', 'x'.repeat(5000)),
);
const filled = hostile.filter((text) => text !== '');

it('writes nothing that could be taken for another series, whatever the host names it', () => {
  const series = fc.record({
    path: fc.array(filled, { maxLength: 2 }),
    name: filled,
    tags: fc.array(fc.tuple(filled, hostile), { maxLength: 4 }),
    text: hostile,
  });
  fc.assert(
    fc.property(fc.array(series, { maxLength: 8 }), fc.integer({ min: 64, max: 2000 }), (all, limit) => {
      const recorder = new Recorder({ onWarning: () => {} });
      for (const { path, name, tags, text } of all) {
        let namespace: ReturnType<Recorder['namespace']> = recorder;
        try {
          for (const step of path) namespace = namespace.namespace(step);
          namespace.text(name, { tags: Object.fromEntries(tags) }).set(text);
        } catch {
          // A clash with one before; what breaks at construction has tests of its own.
        }
      }
      const snapshot = recorder.snapshot();
      const dropped: string[] = [];
      const backend = circonus({ url: 'http://localhost/', maxPayloadBytes: limit });
      const payloads: Payload[] = [...backend.encode(snapshot, (_part, reason) => dropped.push(reason))];
      const written = payloads.flatMap(({ parts }) => parts);
      expect(written.length + dropped.length).toBe(snapshot.samples.length);
      const seen = new Set<string>();
      let index = 0;
      for (const { body } of payloads) {
        expect(new TextEncoder().encode(String(body)).length).toBeLessThanOrEqual(limit);
        // Not through an object: `__proto__` as a key of JSON.parse is an own one, and order is what is compared.
        const entries = Object.entries(
          JSON.parse(String(body)) as Record<string, { _type: string; _value: string }>,
        );
        for (const [key, { _type, _value }] of sortedAs(entries, String(body))) {
          const sample = written[index++] as Sample;
          expect(seen.has(key)).toBe(false);
          seen.add(key);
          expect(parseName(key)?.tags).toEqual(wellFormed(sample.tags));
          expect(_type).toBe('s');
          expect(/[\n\r]/.test(_value)).toBe(false);
        }
      }
      expect(index).toBe(written.length);
    }),
    { seed, numRuns: 500 },
  );
});

/** Objects list keys that look like integers first; the body has them in order. */
function sortedAs<Value>(entries: [string, Value][], body: string): [string, Value][] {
  return entries.sort(
    ([a], [b]) => body.indexOf(`${JSON.stringify(a)}:{`) - body.indexOf(`${JSON.stringify(b)}:{`),
  );
}

/** UTF-8 has no lone surrogates; what is written has U+FFFD in their place. */
function wellFormed(tags: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const utf8 = (text: string): string =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
  return tags.map(([category, value]) => [utf8(category), utf8(value)]);
}
