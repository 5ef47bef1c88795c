// What a family's series take, and whether calls leave anything behind.
import process from 'node:process';
import { Recorder } from 'circmetrics';
import { used } from './used.js';

const recorder = new Recorder({ maxSeries: 200_000 });

/** Bytes a series, without its strings, of `x` values of one tag by `y` of the other; 100,000 in all. */
function series(x: number, y: number): number {
  const strings = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => prefix + i);
  const [as, bs] = [strings('a', x), strings('b', y)];
  // Hashes a string, which may give it an object of its own.
  for (const text of [...as, ...bs]) new Map([[text, 0]]).get(text);
  const before = used();
  const family = recorder.counter('c', { tagNames: ['a', 'b'], maxSeries: 100_000 });
  for (const a of as) for (const b of bs) family.with({ a, b }).add();
  const bytes = (used() - before) / 100_000;
  if (family.with({ a: as[7]!, b: bs[0]! }).value !== 1) throw new Error('not counted');
  return bytes;
}

/** By how many bytes the heap grows with ten million calls. */
function calls(): number {
  const family = recorder.counter('c', { tagNames: ['a', 'b'] });
  const values = Array.from({ length: 20 }, (_, i) => `v${i}`);
  const run = (n: number): void => {
    for (let i = 0; i < n; i++) family.with({ a: values[i % 20]!, b: values[(i >> 4) % 20]! }).add();
  };
  run(1e6);
  const before = used();
  run(1e7);
  return used() - before;
}

const [x, y] = process.argv.slice(2).map(Number);
console.log(JSON.stringify(x === undefined || y === undefined ? calls() : series(x, y)));
