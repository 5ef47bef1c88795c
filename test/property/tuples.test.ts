import { type Counter, Recorder } from 'circmetrics';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seed } from '../seed.js';

// Families of any number of tags against a map by the tuple of their values as strings.

const given: readonly (string | number | boolean)[] = [
  '7',
  7,
  '',
  'true',
  true,
  '7.0',
  'constructor',
  -0,
  '0',
];

it.each([1, 2, 3, 4, 5, 7])('a family of %d tags tells its series apart by all of them', (width) => {
  const names = Array.from({ length: width }, (_, i) => `tag${i}`);
  // Few, so that tuples share some of their values and are all of them met again.
  const value = fc.constantFrom(...given.slice(0, width > 2 ? 3 : given.length));
  const values = fc.array(value, { minLength: width, maxLength: width });
  const step = fc.record({ values, remove: fc.boolean(), order: fc.nat(width - 1) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const family = new Recorder().counter('c', { tagNames: names });
      const model = new Map<string, { total: number; handle: Counter }>();
      for (const { values, remove, order } of steps) {
        // In another order than that of the names, and with one too many.
        const pairs = names.map((name, i) => [name, values[i]]);
        const tags = Object.fromEntries([['more', 1], ...pairs.slice(order), ...pairs.slice(0, order)]);
        const key = JSON.stringify(values.map(String));
        const known = model.get(key);
        if (remove) {
          expect(family.remove(tags)).toBe(known !== undefined);
          model.delete(key);
          continue;
        }
        const handle = family.with(tags);
        if (known !== undefined) expect(handle).toBe(known.handle);
        handle.add(2);
        model.set(key, { total: (known?.total ?? 0) + 2, handle });
      }
      for (const [key, { total, handle }] of model) {
        expect([key, handle.value]).toEqual([key, total]);
        const tags = names.map((name, i) => [name, (JSON.parse(key) as string[])[i]]);
        expect(handle.series.tags).toEqual(tags);
      }
    }),
    { seed, numRuns: 150 },
  );
});
