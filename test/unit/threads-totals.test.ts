// The totals of what threads record. No thread is started: `Fleet` is the recorders alone.
import { describe, expect, it } from 'vitest';
import { seeded } from '../../bench/harness.js';
import { LogLinearHistogram } from '../../src/index.js';
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
