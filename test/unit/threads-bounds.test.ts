// Counts at bounds of what threads record. No thread is started: `Fleet` is the recorders alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogLinearHistogram } from '../../src/index.js';
import { seed } from '../seed.js';
import { Fleet } from './fleet.js';

const buckets = [-144, 0, 1, 144, 146, 2e9];
const values = [-149, -144, -141, 0, 1e-200, 1, 1.05, 141, 144, 145, 147, 2e9, 2.05e9];

/** The counts at the bounds of the reading thread's only histogram. */
function countsOf({ recorder }: Fleet): number[] {
  const [sample] = [...recorder.snapshot()].filter(({ kind }) => kind === 'histogram');
  return ((sample?.value as LogLinearHistogram | undefined)?.buckets() ?? []).map(([, count]) => count);
}

const below = (recorded: readonly number[]): number[] =>
  buckets.map((bound) => recorded.filter((value) => value <= bound).length);

describe('counts at bounds', () => {
  it('are those of all threads, however they end and clear', () => {
    const step = fc.record({
      do: fc.constantFrom('record', 'record', 'record', 'read', 'end', 'clear'),
      thread: fc.nat(2),
      value: fc.constantFrom(...values),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const fleet = new Fleet();
        const options = { buckets, tagNames: ['route'] } as const;
        const open = () => {
          const recorder = fleet.worker();
          return { recorder, sizes: recorder.histogram('size', options) };
        };
        const workers = [open(), open(), open()];
        const recorded: number[] = [];
        for (const { do: what, thread, value } of steps) {
          const worker = workers[thread] as (typeof workers)[number];
          if (what === 'record') {
            worker.sizes.with({ route: '/' }).record(value);
            recorded.push(value);
          } else if (what === 'read') {
            expect(countsOf(fleet)).toEqual(recorded.length === 0 ? [] : below(recorded));
          } else if (what === 'end') {
            fleet.end(worker.recorder);
            workers[thread] = open();
          } else if (what === 'clear') {
            // The worker begins anew; the total goes on.
            if (recorded.length > 0) worker.sizes.with({ route: '/' }).clear();
          }
        }
        for (const { recorder } of workers) fleet.end(recorder);
        expect(countsOf(fleet)).toEqual(recorded.length === 0 ? [] : below(recorded));
        expect(fleet.recorder.describe()[0]?.inexact ?? []).toEqual([]);
        expect(fleet.warnings).toEqual([]);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('wait for a sample that is in its split and not in its bin yet, and never go down', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    const size = worker.histogram('size', { buckets });
    size.record(141);
    size.record(147);
    expect(countsOf(fleet)).toEqual([0, 0, 0, 1, 1, 2]);
    // Between the two stores of another sample of 147.
    const { store } = size.series as unknown as { store: { splits: Float64Array } };
    const split = store.splits.indexOf(1);
    store.splits[split] = 2;
    expect(countsOf(fleet)).toEqual([0, 0, 0, 1, 1, 2]);
    size.record(1);
    expect(countsOf(fleet)).toEqual([0, 0, 1, 2, 2, 3]);
    // The second.
    size.record(141);
    store.splits[split] = 2;
    expect(countsOf(fleet)).toEqual([0, 0, 1, 2, 2, 4]);
    size.record(141);
    fleet.end(worker);
    expect(countsOf(fleet)).toEqual([0, 0, 1, 3, 3, 5]);
  });

  it('use memory again only when it was read to the last', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    const sizes = worker.histogram('size', { buckets, tagNames: ['route'] });
    for (let i = 0; i < 50; i++) {
      const route = i % 3;
      sizes.with({ route }).record(147);
      sizes.with({ route }).record(145);
      if (i % 2 === 0) fleet.recorder.snapshot();
      sizes.remove({ route });
      if (i % 5 === 0) fleet.recorder.snapshot();
    }
    const cursorless = fleet.recorder.snapshot();
    expect([...cursorless]).toEqual([]);
    sizes.with({ route: 9 }).record(145);
    expect(countsOf(fleet)).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it('are approximate where a thread has no memory for them, which is told', () => {
    const fleet = new Fleet({ maxBytes: 2 ** 20 });
    const worker = fleet.worker();
    const all = Array.from({ length: 2000 }, (_, i) => 1000 + i / 2);
    const sizes = worker.histogram('size', { buckets: all, tagNames: ['i'], maxSeries: 5000 });
    let series = 0;
    while (worker.status().refused.memory === 0) sizes.with({ i: series++ }).record(1001.25);
    expect(fleet.warnings[0]).toContain('maxBytes');
    const counted = [...fleet.recorder.snapshot()].map(
      ({ value }) => (value as LogLinearHistogram).buckets()[2]?.[1],
    );
    // Its bins had room, its splits had not.
    expect(new Set(counted)).toEqual(new Set([0, 1]));
    expect(fleet.recorder.describe()[0]?.inexact).toContain(1001);
    expect(fleet.recorder.describe()[0]?.inexact).not.toContain(1100);
  });

  it('clash with other bounds of the same name', () => {
    const fleet = new Fleet();
    fleet.recorder.histogram('size', { buckets }).record(1);
    fleet
      .worker()
      .histogram('size', { buckets: [1] })
      .record(1);
    expect(countsOf(fleet)).toEqual([0, 0, 1, 1, 1, 1]);
    expect(fleet.recorder.status().refused.clash).toBe(1);
  });
});
