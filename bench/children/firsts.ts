import type { Bench } from '../harness.js';
import type { Cost } from './blocks.js';
import type { First } from './first.js';
import { child } from './run.js';

/** How many processes, each of which has a recorder, and does with it what is measured. */
const processes = 5;

/**
 * The longest block of a recorder's first pass or render, in which all is made that is kept.
 * @param limit what is promised, if anything is
 */
export function firsts(bench: Bench, what: First, size: number, limit: { readonly atMost?: number }): void {
  bench.say(`\nlongest block of a recorder's first ${what}, in which all is made that is kept`);
  for (const apart of [false, true]) {
    const name = `${size.toLocaleString('en')} counters, ${apart ? 'each a metric' : 'one family'}`;
    const arguments_ = [what, String(size), apart ? 'apart' : 'family'];
    const blocks = Array.from({ length: processes }, () => child<Cost>('first', ...arguments_).block);
    bench.figure(`${name}: median`, blocks, 'ms', limit);
    bench.figure(`${name}: longest of ${processes}`, Math.max(...blocks), 'ms');
  }
}
