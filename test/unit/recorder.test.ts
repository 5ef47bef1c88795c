// A recorder as a whole: the host's callbacks, snapshots, and recording nothing.
import { type LogLinearHistogram, Recorder, type RecorderOptions } from 'circmetrics';
import { describe, expect, it } from 'vitest';

const quiet: RecorderOptions = { onWarning: () => {} };

describe('callbacks', () => {
  it('spoil nothing but their own metric', async () => {
    const warnings: string[] = [];
    const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
    recorder.gauge('good', { observe: async () => 4 });
    recorder.gauge('throws', { observe: () => Promise.reject(new Error('host')) });
    recorder.gauge('never', { observe: () => new Promise<number>(() => {}) });
    recorder.text('wrong', { observe: (() => 5) as unknown as () => string });
    const set = recorder.gauge('set');
    const stop = recorder.namespace('n').onCollect(() => {
      set.set(7);
      recorder.snapshot();
      throw new Error('later');
    });
    const begun = performance.now();
    const snapshot = await recorder.collect({ timeout: 50 });
    expect(performance.now() - begun).toBeLessThan(5000);
    const values = Object.fromEntries(snapshot.samples.map(({ name, value }) => [name, value]));
    expect(values).toEqual({ good: 4, throws: null, never: null, wrong: null, set: 7 });
    stop();
    await recorder.collect({ timeout: 50 });
    expect(warnings).toHaveLength(4);
    expect(recorder.status().refused).toMatchObject({ callback: 5, timeout: 2 });
  });
});

describe('a disabled recorder', () => {
  it('does nothing, and runs the host', async () => {
    const clock = {
      monotonic: () => {
        throw new Error('read');
      },
    };
    const recorder = new Recorder({ enabled: false, clock });
    const counter = recorder.counter('c');
    counter.add(5);
    recorder.gauge('g', { observe: () => 5 }).set(3);
    recorder
      .counter('f', { tagNames: ['a'] })
      .with({ a: 'x' })
      .add();
    recorder.text('t').set('x');
    const timer = recorder.timer('timer');
    expect([timer.time(() => 3), timer.start()(), timer.wrap((n: number) => n)(4), counter.value]).toEqual([
      3, 0, 4, 0,
    ]);
    expect(recorder.snapshot().samples).toEqual([]);
  });
});

describe('snapshots', () => {
  it('are of all cells, though there are too many to copy before there is memory', async () => {
    const recorder = new Recorder(quiet);
    const family = recorder.histogram('h', { tagNames: ['n'] });
    for (let n = 0; n < 1500; n++) family.with({ n }).record(n);
    const gauge = recorder.gauge('observed', { observe: () => 7 });
    for (let round = 1; round <= 3; round++) {
      const asked = recorder.collect();
      // What is recorded while it waits is in.
      for (let n = 0; n < 1500; n++) family.with({ n }).record(n);
      const { samples } = await asked;
      expect(samples).toHaveLength(1501);
      for (const { name, value } of samples) {
        if (name === 'h') expect((value as LogLinearHistogram).count).toBe(round + 1);
        else expect(value).toBe(7);
      }
    }
    expect(gauge.value).toBe(7);
  });

  it('do not change, and hold one name’s series together', () => {
    const recorder = new Recorder(quiet);
    const family = recorder.counter('f', { tagNames: ['a'] });
    const histogram = recorder.histogram('h');
    const text = recorder.text('t');
    family.with({ a: '1' }).add(1);
    recorder.counter('other').add(9);
    family.with({ a: '2' }).add(2);
    histogram.record(5);
    text.set('before');
    const snapshot = recorder.snapshot();
    family.with({ a: '1' }).add(100);
    histogram.record(1e9);
    histogram.clear();
    text.set('after');
    recorder.counter('new').add();
    expect(snapshot.samples.map(({ name }) => name)).toEqual(['h', 't', 'f', 'f', 'other']);
    const [bins, words, one, two, other] = snapshot.samples.map(({ value }) => value);
    expect([one, two, words, other]).toEqual([1, 2, 'before', 9]);
    expect(bins).toMatchObject({ count: 1 });
    recorder.namespace('empty').namespace('below');
    expect(recorder.snapshot().namespaces).toEqual([['empty'], ['empty', 'below']]);
  });

  it('show what the library says of itself only when asked', () => {
    const recorder = new Recorder({ ownMetrics: true });
    recorder.counter('c').add(-1);
    const own = recorder.snapshot().samples.filter(({ path }) => path[0] === 'circmetrics');
    expect(own.find(({ tags }) => tags[0]?.[1] === 'value')?.value).toBe(1);
  });
});
