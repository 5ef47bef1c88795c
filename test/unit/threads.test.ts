// What threads record, and how it is merged. No thread is started: `Fleet` is the recorders alone.
import { describe, expect, it, vi } from 'vitest';
import { seeded } from '../../bench/harness.js';
import { LogLinearHistogram, MetricsError, Recorder } from '../../src/index.js';
import { attach, share } from '../../src/node/index.js';
import { Fleet } from './fleet.js';

describe('totals', () => {
  it('are the sum of counters, of threads that have ended too', () => {
    const fleet = new Fleet();
    const own = fleet.recorder.counter('calls');
    const [a, b] = [fleet.worker(), fleet.worker()];
    const calls = a.counter('calls');
    own.add(1);
    calls.add(10);
    b.counter('calls').add(100);
    expect(fleet.totals).toEqual({ calls: 111 });
    calls.add(10);
    expect(calls.value).toBe(20);
    fleet.end(a);
    expect(fleet.totals).toEqual({ calls: 121 });
    fleet.worker().counter('calls').add(1000);
    expect(fleet.totals).toEqual({ calls: 1121 });
    expect(own.value).toBe(1121);
    expect(fleet.warnings).toEqual([]);
  });

  it('are bin for bin those of one histogram of all samples, its quantiles as well', () => {
    const random = seeded(7);
    const fleet = new Fleet();
    const all = new LogLinearHistogram();
    const own = fleet.recorder.histogram('size');
    for (let thread = 0; thread < 5; thread++) {
      const worker = fleet.worker();
      const size = worker.histogram('size');
      for (let i = 0; i < 3000; i++) {
        const value = (random() < 0.2 ? -1 : 1) * 10 ** (random() * 30 - 15) * (random() < 0.01 ? 0 : 1);
        const into = thread === 0 ? own : size;
        into.record(value, 1 + (i % 3));
        all.record(value, 1 + (i % 3));
        if (i % 1000 === 0) fleet.recorder.snapshot();
      }
      if (thread % 2 === 1) fleet.end(worker);
    }
    const [sample] = fleet.recorder.snapshot().samples;
    const merged = sample?.value as LogLinearHistogram;
    expect([...merged.bins()]).toEqual([...all.bins()]);
    const quantiles = [0, 0.01, 0.5, 0.9, 0.99, 1];
    expect(merged.quantile(quantiles)).toEqual(all.quantile(quantiles));
    expect(merged.recordedSum).toBeCloseTo(all.recordedSum as number, -3);
  });

  it('are those of families by their tags', () => {
    const fleet = new Fleet({ tags: { app: 'shop' } });
    const names = { tagNames: ['route', 'status'] } as const;
    const about = { tags: { app: 'shop' } };
    const [a, b] = [fleet.worker(about), fleet.worker(about)];
    a.counter('requests', names).with({ route: '/', status: 200 }).add(3);
    b.counter('requests', names).with({ route: '/', status: 200 }).add(4);
    b.counter('requests', names).with({ route: '/"\ud800', status: 200 }).add(1);
    fleet.recorder.counter('requests', names).with({ route: '/', status: '200' }).add(10);
    expect(fleet.totals).toEqual({
      'requests{app=shop,route=/,status=200}': 17,
      'requests{app=shop,route=/"\ud800,status=200}': 1,
    });
  });

  it('are apart where tags are, of a metric or a family', () => {
    const fleet = new Fleet({ tags: { app: 'shop' } });
    for (const worker of ['1', '2']) {
      const recorder = fleet.worker({ tags: { app: 'shop', worker } });
      recorder.counter('calls').add(1);
      recorder
        .counter('requests', { tagNames: ['route'] })
        .with({ route: '/' })
        .add(2);
    }
    fleet.recorder.counter('calls').add(5);
    fleet.recorder
      .counter('requests', { tagNames: ['route'] })
      .with({ route: '/' })
      .add(6);
    expect(fleet.totals).toEqual({
      'calls{app=shop}': 5,
      'calls{app=shop,worker=1}': 1,
      'calls{app=shop,worker=2}': 1,
      'requests{app=shop,route=/}': 6,
      'requests{app=shop,route=/,worker=1}': 2,
      'requests{app=shop,route=/,worker=2}': 2,
    });
  });

  it('are delivered once to a reader of differences, whatever threads do between its reads', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const fleet = new Fleet();
      const cursor = fleet.recorder.cursor();
      let [delivered, noted] = [0, 0];
      const one = (): number => {
        noted++;
        return 1;
      };
      const start = () => {
        const recorder = fleet.worker();
        const calls = recorder.counter('calls');
        return { recorder, calls, family: recorder.counter('brief', { tagNames: ['id'], maxSeries: 20 }) };
      };
      const workers = [start(), start(), start()];
      const read = (): void => {
        const { samples } = cursor.read();
        for (const { value } of samples) {
          expect(value).toBeGreaterThanOrEqual(0);
          delivered += value as number;
        }
        cursor.commit(samples);
      };
      for (let i = 0; i < 2000; i++) {
        const at = Math.floor(random() * workers.length);
        const { recorder, calls, family } = workers[at] as (typeof workers)[0];
        const id = Math.floor(random() * 40);
        const what = random();
        if (what < 0.5) family.with({ id }).add(one());
        else if (what < 0.6) calls.add(one());
        else if (what < 0.8) family.remove({ id });
        else if (what < 0.82) family.clear();
        else if (what < 0.84) calls.clear();
        else if (what < 0.85) fleet.recorder.counter('brief', { tagNames: ['id'], maxSeries: 20 }).clear();
        else if (what < 0.86) fleet.recorder.counter('calls').clear();
        else if (what < 0.87) {
          fleet.end(recorder);
          workers[at] = start();
        } else if (what < 0.93) fleet.recorder.snapshot();
        else read();
      }
      read();
      read();
      expect([seed, delivered]).toEqual([seed, noted]);
      expect(cursor.pending()).toBe(0);
    }
  });
});

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
      'What a worker records of gauge "calls" goes nowhere: another thread has registered the name with other options.',
      'What a worker records of histogram "size" goes nowhere: another thread has registered the name with other options.',
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
    vi.useRealTimers();
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

describe('memory', () => {
  it('that is used up is counted and told, and the thread goes on', () => {
    const fleet = new Fleet({ maxBytes: 2 ** 20 });
    const worker = fleet.worker();
    const size = worker.histogram('size', { tagNames: ['id'], maxSeries: 5000 });
    const text = worker.text('text', { tagNames: ['id'] });
    const calls = worker.counter('calls', { tagNames: ['id'], maxSeries: 5000 });
    for (let id = 0; id < 1000; id++) {
      size.with({ id }).record(1, 2);
      text.with({ id }).set('x');
      calls.with({ id }).add(1);
    }
    for (let id = 0; id < 1000; id += 7) size.remove({ id });
    const own = worker.snapshot().samples;
    expect(own.filter(({ kind }) => kind === 'counter').every(({ value }) => value === 1)).toBe(true);
    expect(own.filter(({ kind }) => kind === 'text').every(({ value }) => value === 'x')).toBe(true);
    expect(own.length).toBe(3000 - Math.ceil(1000 / 7));
    const { memory } = worker.status().refused;
    expect(memory).toBeGreaterThan(500);
    fleet.recorder.snapshot();
    expect(fleet.recorder.status().refused.memory).toBe(memory);
    expect(fleet.warnings).toEqual([
      'worker: The memory that threads share is used up; raise the maxBytes of share.',
    ]);
    fleet.end(worker);
    fleet.worker().counter('more').add(1);
    expect(fleet.totals['more']).toBe(1);
  });

  it('too large for a slab is none', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    const calls = worker.counter('calls', { tagNames: ['id'] });
    calls.with({ id: 'x'.repeat(70_000) }).add(1);
    calls.with({ id: 'y'.repeat(60_000) }).add(2);
    const totals = Object.values(fleet.totals);
    expect(totals).toEqual([2]);
    expect(worker.status().refused.memory).toBe(1);
  });
});

describe('refusals', () => {
  it('of threads are counted where they are and where they are read, of those that have ended too', () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.worker(), fleet.worker()];
    const calls = a.counter('calls');
    for (let i = 0; i < 3; i++) calls.add(-1);
    b.counter('by', { tagNames: ['id'] }).with({} as { id: string });
    fleet.recorder.snapshot();
    calls.add(Number.NaN);
    expect(a.status().refused).toMatchObject({ value: 4, tag: 0 });
    fleet.end(a);
    fleet.end(b);
    fleet.worker();
    fleet.recorder.snapshot();
    expect(fleet.recorder.status().refused).toMatchObject({ value: 4, tag: 1 });
  });
});

describe('share and attach', () => {
  const shared = share(new Recorder());

  it.each([
    ['attach in the thread that shares', () => attach({ metrics: shared }), 'invalid_thread'],
    ['attach to something else', () => attach({ some: 'thing' }), 'invalid_option'],
    ['attach to nothing', () => attach(undefined), 'invalid_option'],
    ['share something else', () => share({} as Recorder), 'invalid_option'],
    ['share with too little memory', () => share(new Recorder(), { maxBytes: 1 }), 'invalid_option'],
    ['share with a misspelt option', () => share(new Recorder(), { max: 1 } as object), 'invalid_option'],
    ['share a worker’s recorder', () => share(new Fleet().worker()), 'invalid_thread'],
  ])('refuse to %s', (_, attempt, code) => {
    expect(attempt).toThrow(expect.objectContaining({ name: 'MetricsError', code }));
  });

  it('say what is missing where there is no memory to share', () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(() => share(new Recorder())).toThrow(/no SharedArrayBuffer that grows/);
    vi.unstubAllGlobals();
  });

  it('do nothing for a recorder that is disabled', () => {
    const off = new Recorder({ enabled: false });
    const worker = attach(share(off), { tags: { worker: '1' } });
    worker.counter('calls').add(1);
    expect([...worker.snapshot(), ...off.snapshot()]).toEqual([]);
  });

  it('give the same memory for every worker', () => {
    const recorder = new Recorder();
    expect(share(recorder).buffer).toBe(share(recorder, { maxBytes: 2 ** 21 }).buffer);
  });
});
