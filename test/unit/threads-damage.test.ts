// A worker that writes over the memory that it shares, which a native addon or a mistake with the buffer can do.
import type { Recorder } from 'circmetrics';
import { circonusPull, toJson } from 'circmetrics/circonus';
import { prometheus } from 'circmetrics/prometheus';
import { describe, expect, it } from 'vitest';
import type { Arena } from '../../src/node/threads/arena.js';
import { header, slabBytes } from '../../src/node/threads/layout.js';
import type { Recorder as Source } from '../../src/recorder.js';
import { seed } from '../seed.js';
import { Fleet } from './fleet.js';

/** Integers from 0 to below some number, the same in every run. */
function randomFrom(start: number): (below: number) => number {
  let state = (start * 2_654_435_761) % 2_147_483_647 || 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** Something of every kind, of which series come and go. */
function record(worker: Source, round: number): void {
  worker.counter('c').add(round);
  worker.gauge('g').set(round);
  worker.gauge('i', { type: 'int64' }).set(round);
  worker.text('t').set(`round ${round}`);
  const histogram = worker.histogram('h');
  for (let i = -3; i < 3; i++) histogram.record(i * 10 ** (round % 9), 2);
  const family = worker.counter('f', { tagNames: ['a', 'b'] });
  for (let a = 0; a < 5; a++) family.with({ a, b: round }).add(a);
  family.remove({ a: 1, b: round });
  worker.counter(`one ${round}`, { tags: { round } }).add();
}

/** Everything that reads a recorder. */
async function readAll(fleet: Fleet): Promise<void> {
  // The same class: the compiler takes the sources and what was built of them for two.
  const recorder = fleet.recorder as unknown as Recorder;
  const snapshot = recorder.snapshot();
  JSON.stringify(snapshot.samples);
  toJson(snapshot);
  toJson(snapshot, { tagged: true });
  for (const scrape of [prometheus(recorder), circonusPull(recorder, { access: false })]) {
    const reply = await scrape.fetch(new Request('http://localhost/'));
    expect(reply.status).toBe(200);
    await reply.text();
  }
  recorder.describe();
  recorder.status();
}

/** The words of the slabs that a worker owns. */
function* wordsOf(arena: Arena, owner: number): Generator<Int32Array> {
  for (const slab of arena.ownedBy(owner)) yield arena.words(slab);
}

const values = [
  0,
  1,
  -1,
  2 ** 31 - 1,
  -(2 ** 31),
  8192,
  8193,
  0x7ff80000,
  0x7ff00000,
  0x3ff00000,
  512,
  90,
  91,
];

describe('the thread that reads', () => {
  it.each(Array.from({ length: 60 }, (_, i) => seed * 1000 + i))(
    'goes on, and has what others record, whatever a worker writes into its own slabs (%i)',
    async (start) => {
      const random = randomFrom(start);
      const fleet = new Fleet();
      const [honest, bad] = [fleet.worker(), fleet.worker({ tags: { bad: true } })];
      const owner = 1_000_001;
      for (let round = 1; round <= 6; round++) {
        honest.counter('honest').add();
        record(bad, round);
        if (round % 2 === 0) fleet.recorder.snapshot();
        for (const words of wordsOf(fleet.arena, owner)) {
          for (let i = 0; i < 40; i++) {
            // Mostly where something is.
            const at = random(random(4) === 0 ? words.length : 1200);
            words[at] = random(3) === 0 ? random(2 ** 31) : (values[random(values.length)] as number);
          }
        }
        await readAll(fleet);
        expect(fleet.totals['honest']).toBe(round);
      }
      fleet.end(bad);
      await readAll(fleet);
      expect(fleet.totals['honest']).toBe(6);
      const told = fleet.warnings.filter((one) => one.startsWith('Something has written over'));
      expect(told.length).toBeLessThanOrEqual(1);
      // A new one may take the memory that is free again.
      const next = fleet.worker();
      next.counter('honest').add();
      expect(fleet.totals['honest']).toBe(7);
    },
  );

  it.each(Array.from({ length: 60 }, (_, i) => seed * 2000 + i))(
    'goes on, whatever a worker writes anywhere, into the header too (%i)',
    async (start) => {
      const random = randomFrom(start);
      const fleet = new Fleet({ maxBytes: 2 ** 22 });
      const workers = [fleet.worker(), fleet.worker()];
      for (let round = 1; round <= 4; round++) {
        for (const worker of workers) record(worker, round);
        if (round === 2) await readAll(fleet);
        const all = new Int32Array(fleet.arena.buffer);
        for (let i = 0; i < 60; i++) {
          const at = random(3) === 0 ? random(200) : random(all.length);
          all[at] = random(3) === 0 ? random(2 ** 31) : (values[random(values.length)] as number);
        }
        await readAll(fleet);
      }
      for (const worker of workers) fleet.end(worker);
      await readAll(fleet);
    },
  );

  it.each([
    ['that there are more slots than there can be', header.slots, 2 ** 31 - 1],
    ['that there are less than none', header.slots, -5],
    ['a record outside', header.firstSlot + 1, 2 ** 31 - 1],
    ['a record in the header', header.firstSlot + 1, 1],
    ['a negative record', header.firstSlot + 1, -1],
  ])('does not believe a header that says %s', (_, word, value) => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    worker.counter('c').add(5);
    Atomics.store(fleet.arena.header, word, value);
    fleet.recorder.counter('own').add(1);
    expect(fleet.totals['own']).toBe(1);
    worker.counter('d').add(1);
    expect(fleet.totals['own']).toBe(1);
  });

  it('says once that a worker’s memory makes no sense, keeps what it had, and reads the others', () => {
    const fleet = new Fleet();
    const [bad, good] = [fleet.worker(), fleet.worker()];
    bad.counter('c').add(5);
    good.counter('c').add(1);
    expect(fleet.totals).toEqual({ c: 6 });
    bad.counter('d').add(1);
    for (const words of wordsOf(fleet.arena, 1_000_000)) words.fill(2 ** 30, 0, 400);
    for (let i = 0; i < 3; i++) expect(fleet.totals).toEqual({ c: 6 });
    good.counter('c').add(1);
    expect(fleet.totals).toEqual({ c: 7 });
    expect(fleet.warnings).toEqual([
      'Something has written over the memory that thread 1000000 shares: what it records is not read any more.',
    ]);
    expect(fleet.recorder.status().refused.memory).toBe(1);
    fleet.end(bad);
    expect(fleet.totals).toEqual({ c: 7 });
    expect([...fleet.arena.ownedBy(1_000_000)]).toEqual([]);
  });

  it('takes no counts that cannot be, so that what is sent is still a histogram', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    worker.histogram('h').record(1, 3);
    expect(fleet.totals).toEqual({ h: 'H[1.0e+00]=3' });
    const cells = new Float64Array(
      fleet.arena.buffer,
      [...fleet.arena.ownedBy(1_000_000)][0]! * slabBytes,
      8192,
    );
    const at = cells.indexOf(3);
    for (const value of [-5, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, 1e300]) {
      cells[at] = value;
      const [sample] = fleet.recorder.snapshot().samples;
      const { value: histogram } = sample as { value: { toBase64(): string; count: number } };
      expect(Number.isSafeInteger(histogram.count) || histogram.count === 2 ** 53).toBe(true);
      expect(histogram.toBase64().length).toBeLessThan(100);
    }
  });
});
