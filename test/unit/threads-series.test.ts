// What threads register, and how their series end. No thread is started: `Fleet` is the recorders alone.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MetricsError } from '../../src/index.js';
import { Fleet } from './fleet.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('registrations', () => {
  it('that clash with another thread’s are counted and told once, and go nowhere', () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.worker(), fleet.worker()];
    fleet.recorder.counter('calls');
    a.gauge('calls').set(1);
    a.counter('size').add(1);
    expect(fleet.totals).toEqual({ calls: 0, size: 1 });
    b.histogram('size').record(7);
    b.counter('calls').add(5);
    fleet.worker().histogram('size');
    expect(fleet.totals).toEqual({ calls: 5, size: 1 });
    expect(fleet.recorder.status().refused.clash).toBe(3);
    expect(fleet.warnings).toEqual([
      'What a worker records of gauge "calls" goes nowhere: another thread has registered the name, and its instrument is "counter", not "gauge".',
      'What a worker records of histogram "size" goes nowhere: another thread has registered the name, and its instrument is "counter", not "histogram".',
    ]);
    fleet.end(b);
    expect(fleet.totals).toEqual({ calls: 5, size: 1 });
    expect(() => fleet.recorder.timer('size')).toThrow(MetricsError);
  });

  it('of the host that come later are the same metric', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    const api = worker.namespace('api', { tags: { part: 'api' } });
    api.counter('calls').add(2);
    api
      .counter('requests', { tagNames: ['route'] })
      .with({ route: '/' })
      .add(3);
    api.gauge('heap').set(4);
    fleet.recorder.snapshot();
    const own = fleet.recorder.namespace('api', { tags: { part: 'api' } });
    own.counter('calls').add(10);
    own
      .counter('requests', { tagNames: ['route'] })
      .with({ route: '/' })
      .add(20);
    own.gauge('heap', { observe: () => 30 });
    expect(fleet.totals).toEqual({
      'api.calls{part=api}': 12,
      'api.requests{part=api,route=/}': 23,
      'api.heap{part=api}': 34,
    });
    expect(fleet.recorder.describe().length).toBe(3);
    fleet.end(worker);
    expect(fleet.totals['api.heap{part=api}']).toBe(30);
  });

  it('that would be more series than the recorder’s limit go nowhere', () => {
    const fleet = new Fleet({ maxSeries: 2 });
    const worker = fleet.worker();
    for (const name of ['a', 'b', 'c']) worker.counter(name).add(1);
    expect(fleet.totals).toEqual({ a: 1, b: 1 });
    expect(fleet.recorder.status().refused.clash).toBe(1);
  });
});

describe('series', () => {
  it('end with their owner’s limits and expiry, not with the reader’s', () => {
    vi.useFakeTimers();
    const fleet = new Fleet({ clock: { now: () => Date.now() } });
    const [a, b] = [fleet.worker(), fleet.worker()];
    const options = { tagNames: ['id'], expireAfter: 1000 } as const;
    const [ofA, ofB] = [a.counter('calls', options), b.counter('calls', options)];
    fleet.recorder.counter('calls', options);
    ofA.with({ id: 1 }).add(1);
    ofB.with({ id: 2 }).add(1);
    const kept = ofA.with({ id: 1 });
    for (let i = 0; i < 30; i++) {
      vi.advanceTimersByTime(100);
      kept.add(0);
      if (i % 10 === 0) fleet.recorder.snapshot();
    }
    expect(fleet.totals).toEqual({ 'calls{id=1}': 1 });
    vi.advanceTimersByTime(3000);
    expect(fleet.totals).toEqual({});
    kept.add(5);
    expect(fleet.totals).toEqual({ 'calls{id=1}': 5 });
    // What a thread leaves that has ended expires here.
    fleet.end(a);
    expect(fleet.totals).toEqual({ 'calls{id=1}': 5 });
    vi.advanceTimersByTime(3000);
    expect(fleet.totals).toEqual({});
  });

  it('that a thread removes are removed, unless another has them', () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.worker(), fleet.worker()];
    const [ofA, ofB] = [a, b].map((worker) => worker.histogram('size', { tagNames: ['id'] }));
    ofA?.with({ id: 1 }).record(5);
    ofA?.with({ id: 2 }).record(5);
    ofB?.with({ id: 2 }).record(5);
    fleet.recorder.snapshot();
    ofA?.clear();
    expect(fleet.totals).toEqual({ 'size{id=2}': 'H[5.0e+00]=2' });
    ofB?.remove({ id: 2 });
    expect(fleet.totals).toEqual({});
  });

  it('that a thread clears begin at 0 there, and go on in the total', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    const [calls, size] = [worker.counter('calls'), worker.histogram('size')];
    const family = worker.counter('by', { tagNames: ['id'] });
    const kept = family.with({ id: 1 });
    for (let round = 1; round <= 3; round++) {
      calls.add(2);
      size.record(5);
      kept.add(3);
      if (round === 2) fleet.recorder.snapshot();
      calls.clear();
      size.clear();
      family.with({ id: 1 }).clear();
      expect([calls.value, size.histogram().count, kept.value]).toEqual([0, 0, 0]);
    }
    expect(fleet.totals).toEqual({ calls: 6, size: 'H[5.0e+00]=3', 'by{id=1}': 9 });
  });

  it('take no more memory, however many come and go', () => {
    const fleet = new Fleet({ maxBytes: 2 ** 20 });
    const worker = fleet.worker();
    const size = worker.histogram('size', { tagNames: ['id'], maxSeries: 100 });
    for (let i = 0; i < 3000; i++) {
      const id = i % 50;
      size.with({ id }).record(10 ** (i % 5));
      size.remove({ id });
      if (i % 20 === 0) fleet.recorder.snapshot();
    }
    expect(fleet.recorder.status().refused.memory).toBe(0);
    expect(worker.status().refused.memory).toBe(0);
  });
});
