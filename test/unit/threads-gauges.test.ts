// How the gauges and texts of threads are merged. No thread is started: `Fleet` is the recorders alone.
import { describe, expect, it } from 'vitest';
import { Recorder } from '../../src/index.js';
import { Fleet } from './fleet.js';

describe('gauges', () => {
  it.each([
    ['sum', 12, 7, 5],
    ['max', 9, 5, 5],
    ['min', -2, 2, 5],
    ['last', -2, -2, -2],
  ] as const)('of several threads are merged by %s', (merge, all, left, own) => {
    const fleet = new Fleet();
    fleet.recorder.gauge('depth', { merge }).set(5);
    const [a, b, c] = [fleet.worker(), fleet.worker(), fleet.worker()];
    b.gauge('depth', { merge }).set(2);
    expect(fleet.totals).toEqual({ depth: { sum: 7, max: 5, min: 2, last: 2 }[merge] });
    c.gauge('depth', { merge }).set(9);
    c.gauge('depth', { merge }).set(merge === 'sum' ? 7 : 9);
    fleet.recorder.snapshot();
    a.gauge('depth', { merge }).set(-2);
    expect(fleet.totals).toEqual({ depth: all });
    fleet.end(c);
    fleet.end(a);
    expect(fleet.totals).toEqual({ depth: left });
    fleet.end(b);
    expect(fleet.totals).toEqual({ depth: own });
  });

  it('are series of their own by each, told by a tag that is used again', () => {
    const fleet = new Fleet();
    const each = { merge: 'each', type: 'int64' } as const;
    const first = fleet.worker();
    first.gauge('heap', each).set(10n);
    fleet.worker().gauge('heap', each).set(20n);
    expect(fleet.totals).toEqual({ 'heap{thread=1}': 10n, 'heap{thread=2}': 20n });
    fleet.end(first);
    expect(fleet.totals).toEqual({ 'heap{thread=2}': 20n });
    fleet.worker().gauge('heap', each).set(30n);
    fleet.recorder.gauge('heap', each).set(1n);
    expect(fleet.totals).toEqual({ 'heap{thread=1}': 30n, 'heap{thread=2}': 20n, heap: 1n });
  });

  it('are gone with the last thread that has them, and null where none has a value', () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.worker(), fleet.worker()];
    a.gauge('depth').set(3);
    a.gauge('low', { merge: 'min' }).set(Number.NaN);
    a.gauge('by', { tagNames: ['queue'] })
      .with({ queue: 'x' })
      .set(1);
    b.gauge('depth').set(4);
    expect(fleet.totals).toEqual({ depth: 7, low: null, 'by{queue=x}': 1 });
    fleet.end(a);
    expect(fleet.totals).toEqual({ depth: 4 });
    fleet.end(b);
    expect(fleet.totals).toEqual({});
    fleet.worker().gauge('depth').set(5);
    expect(fleet.totals).toEqual({ depth: 5 });
  });

  it('are exact as 64-bit integers, and null beyond what their type holds', () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.worker(), fleet.worker()];
    for (const worker of [a, b]) {
      worker.gauge('big', { type: 'int64' }).set(2n ** 61n + 1n);
      worker.gauge('small', { type: 'int32' }).set(2 ** 30);
    }
    expect(fleet.totals).toEqual({ big: 2n ** 62n + 2n, small: null });
    expect(fleet.recorder.status().refused.value).toBe(1);
    fleet.end(b);
    expect(fleet.totals).toEqual({ big: 2n ** 61n + 1n, small: 2 ** 30 });
  });

  it('that a thread observes have no value until it did', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    worker.gauge('heap', { observe: () => 3 });
    expect(fleet.totals).toEqual({ heap: null });
    worker.registry.callbacks.run();
    expect(fleet.totals).toEqual({ heap: 3 });
  });

  it('refuse another way to merge', () => {
    expect(() => new Recorder().gauge('depth', { merge: 'mean' as 'sum' })).toThrow(
      'A gauge\'s merge must be one of sum, max, min, last, each, not "mean".',
    );
  });
});

describe('texts', () => {
  it('are what was set last, by whichever thread, and stay', () => {
    const fleet = new Fleet();
    const own = fleet.recorder.text('version');
    const [a, b] = [fleet.worker(), fleet.worker()];
    const [atA, atB] = [a.text('version'), b.text('version')];
    expect(fleet.totals).toEqual({ version: null });
    atA.set('a1');
    own.set('own1');
    expect(fleet.totals).toEqual({ version: 'own1' });
    atB.set('b1');
    atA.set('ä2');
    expect(fleet.totals).toEqual({ version: 'ä2' });
    own.set('own2');
    atB.set('x'.repeat(600));
    fleet.end(b);
    expect(fleet.totals).toEqual({ version: 'x'.repeat(512) });
    expect(own.value).toBe('x'.repeat(512));
    atA.clear();
    expect(fleet.totals).toEqual({ version: null });
  });
});
