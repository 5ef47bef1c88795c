// Counts at declared bounds beside prom-client's, which looks at each value: 2,000 programs of random calls.
import { Recorder } from 'circmetrics';
import { prometheus } from 'circmetrics/prometheus';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { seeded } from '../../bench/harness.js';
import { seed } from '../seed.js';
import { text } from '../unit/scraped.js';

type Random = () => number;

const whole = (random: Random, most: number): number => Math.floor(random() * most);
const pick = <T>(random: Random, list: readonly T[]): T => list[whole(random, list.length)] as T;

/** A decimal of so many digits, as whoever types it would: the double nearest to it. */
function decimal(random: Random, digits: number): [integer: number, scale: number] {
  const integer = 10 ** (digits - 1) + whole(random, 9 * 10 ** (digits - 1));
  return [integer, pick(random, [-8, -6, -4, -3, -2, -1, 0, 1, 3])];
}

const numberOf = ([integer, scale]: readonly [number, number]): number => Number(`${integer}e${scale}`);

/** One to twelve bounds of one to six digits: whole ones, decimals, or of both signs. */
function boundsOf(random: Random, kind: string): number[] {
  const some = new Set<number>();
  const most = 1 + whole(random, 12);
  while (some.size < most) {
    const sign = kind === 'signed' && random() < 0.5 ? -1 : 1;
    if (kind === 'whole')
      some.add(pick(random, [1 + whole(random, 10), 1 + whole(random, 200), 10 ** whole(random, 6)]));
    else if (random() < 0.05) some.add(0);
    else some.add(sign * numberOf(decimal(random, 1 + whole(random, 6))));
  }
  // prom-client says −1 for "no bound", and counts every large value at a bound of −1.
  if (some.delete(-1)) some.add(-1.5);
  return [...some].sort((a, b) => a - b);
}

/** A value: a bound, one beside it, or any. */
function valueFor(random: Random, kind: string, bounds: readonly number[]): number {
  const bound = pick(random, bounds);
  if (kind === 'whole') return random() < 0.4 ? bound : Math.max(0, bound + whole(random, 7) - 3);
  if (random() < 0.3) return bound;
  if (random() < 0.2) return bound * (1 + (whole(random, 5) - 2) * 2 ** -52);
  if (random() < 0.2) return bound * (0.9 + 0.2 * random());
  const sign = kind === 'signed' && random() < 0.5 ? -1 : 1;
  return sign * numberOf(decimal(random, 1 + whole(random, 8)));
}

/** By its labels each series' counts, and its sum. */
function seriesOf(document: string): Map<string, { counts: [le: string, count: number][]; sum: number }> {
  const found = new Map<string, { counts: [string, number][]; sum: number }>();
  for (const [, suffix, braced = '', value] of document.matchAll(/^h_(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const labels = [...braced.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text] as const);
    const key = JSON.stringify(labels.filter(([name]) => name !== 'le').sort());
    const le = labels.find(([name]) => name === 'le')?.[1];
    const series = found.get(key) ?? { counts: [], sum: Number.NaN };
    found.set(key, series);
    if (suffix === 'sum') series.sum = Number(value);
    // As numbers: 1 here is 1.0 there.
    else series.counts.push([le === undefined || le === '+Inf' ? `${le}` : `${Number(le)}`, Number(value)]);
  }
  for (const { counts } of found.values()) counts.sort(([a], [b]) => (a < b ? -1 : 1));
  return found;
}

async function program(random: Random): Promise<void> {
  const kind = pick(random, ['whole', 'whole', 'decimal', 'signed']);
  const buckets = boundsOf(random, kind);
  const labels = pick(random, [[], ['route'], ['route', 'status']] as const);
  const registry = new Registry();
  const theirs = new Histogram({
    name: 'h',
    help: 'h',
    labelNames: [...labels],
    buckets,
    registers: [registry],
  });
  const recorder = new Recorder();
  const options = { help: 'h', buckets };
  const family = labels.length === 0 ? undefined : recorder.histogram('h', { ...options, tagNames: labels });
  const alone = family === undefined ? recorder.histogram('h', options) : undefined;
  const sizes = new Map<string, number>();
  const calls = 1 + whole(random, 60);
  for (let call = 0; call < calls; call++) {
    const tags: Record<string, string> = {};
    for (const label of labels) tags[label] = pick(random, ['a', 'b', 'c']);
    const key = JSON.stringify(Object.entries(tags).sort());
    const own = alone ?? family?.with(tags as never);
    const child = labels.length === 0 ? theirs : theirs.labels(tags);
    if (random() < 0.01) {
      if (family === undefined) {
        own?.clear();
        theirs.reset();
      } else {
        family.remove(tags as never);
        theirs.remove(tags);
      }
      sizes.delete(key);
      continue;
    }
    let value = valueFor(random, kind, buckets);
    const count = random() < 0.2 ? 1 + whole(random, 5) : 1;
    const scaled = decimal(random, 1 + whole(random, 8));
    if (random() < 0.2 && (kind !== 'whole' || Number.isInteger(numberOf(scaled)))) {
      // A decimal, whose double is the nearest to it.
      value = numberOf(scaled);
      own?.recordScaled(BigInt(scaled[0]), scaled[1], count);
    } else {
      own?.record(value, count);
    }
    for (let i = 0; i < count; i++) child.observe(value);
    sizes.set(key, (sizes.get(key) ?? 0) + Math.abs(value) * count);
  }
  const [ours, expected] = [seriesOf(await text(prometheus(recorder))), seriesOf(await registry.metrics())];
  // What was removed as the last thing is not there, and what nobody recorded into is.
  for (const [key, { counts, sum }] of expected) {
    const found = ours.get(key);
    expect(found?.counts, `${buckets}`).toEqual(counts);
    if (kind === 'whole') expect(found?.sum).toBe(sum);
    else
      expect(Math.abs((found?.sum ?? Number.NaN) - sum)).toBeLessThanOrEqual(1e-12 * (sizes.get(key) ?? 0));
  }
  expect([...ours.keys()].filter((key) => sizes.has(key)).every((key) => expected.has(key))).toBe(true);
}

it('are equal, whatever the bounds, the values and the labels', async () => {
  const random = seeded(seed);
  for (let i = 0; i < 2000; i++) await program(random);
}, 120_000);
