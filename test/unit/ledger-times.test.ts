// Since when a cursor says that something is not delivered, and what the samples of its reads cover.
import { type Cursor, Recorder, type Sample, type Series } from 'circmetrics';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { memoryBackend } from 'circmetrics/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { timed } from './timed.js';

const histogramOf = (count: number): LogLinearHistogram => {
  const histogram = new LogLinearHistogram();
  histogram.record(7, count);
  return histogram;
};

type Kind = 'counter' | 'histogram';

/** A family of either kind, told apart by one number. */
function familyOf(recorder: Recorder, kind: Kind, maxSeries = 2000) {
  const options = { tagNames: ['a'], maxSeries } as const;
  if (kind === 'counter') {
    const family = recorder.counter('x', options);
    return {
      record: (a: number, n: number) => family.with({ a }).add(n),
      remove: family.remove.bind(family),
    };
  }
  const family = recorder.histogram('x', options);
  return {
    record: (a: number, n: number) => family.with({ a }).record(7, n),
    remove: family.remove.bind(family),
  };
}

describe.each<Kind>(['counter', 'histogram'])('of a %s', (kind) => {
  function opened() {
    const { recorder, time } = timed();
    const begun = time.now;
    const family = familyOf(recorder, kind);
    const record = (n: number): void => family.record(1, n);
    const cursor = recorder.cursor();
    const only = (): Sample => cursor.read().samples[0] as Sample;
    const commit = (series: Series, n: number): void =>
      cursor.commit([{ series, value: kind === 'counter' ? n : histogramOf(n) }]);
    return { time, begun, family, record, cursor, only, commit };
  }

  it('a part that was delivered leaves the rest as old as it is', () => {
    const { time, begun, record, cursor, only, commit } = opened();
    record(5);
    time.now += 9000;
    commit(only().series, 1);
    expect([cursor.pending(), cursor.oldest()]).toEqual([1, begun]);
    time.now += 1000;
    const read = cursor.read();
    expect([read.start, read.samples[0]?.start]).toEqual([begun, begun]);
    const last = time.now;
    commit((read.samples[0] as Sample).series, 3);
    expect(cursor.oldest()).toBe(begun);
    commit((read.samples[0] as Sample).series, 4);
    expect(cursor.oldest()).toBeUndefined();
    time.now += 1000;
    record(1);
    expect([cursor.oldest(), only().start, cursor.read().start]).toEqual([last, last, last]);
  });

  it('a series that ends after a part of it was delivered leaves a debt as old as the rest', () => {
    const { time, begun, family, record, cursor, only, commit } = opened();
    record(5);
    time.now += 9000;
    commit(only().series, 1);
    time.now += 1000;
    family.remove({ a: 1 });
    expect([cursor.oldest(), only().start]).toEqual([begun, begun]);
    record(1);
    expect([cursor.oldest(), only().start]).toEqual([begun, begun]);
    commit(only().series, 2);
    expect([cursor.oldest(), only().start]).toEqual([begun, begun]);
  });

  it('what very many series leave to their overflow does not make that younger', () => {
    const { recorder, time } = timed({ maxSeries: 100_000 });
    const family = familyOf(recorder, kind, 3000);
    const record = (a: number): void => family.record(a, 1);
    const cursor = recorder.cursor();
    for (let a = 0; a < 3001; a++) record(a);
    const first = time.now;
    time.now += 5000;
    // All but the overflow, of which nothing was delivered, are delivered, and have something new.
    cursor.commit(cursor.read().samples.filter(({ tags }) => tags[0]?.[0] !== 'overflow'));
    for (let a = 0; a < 3000; a++) record(a);
    time.now += 5000;
    for (let a = 0; a < 3000; a++) family.remove({ a });
    const overflow = cursor.read().samples.find(({ tags }) => tags[0]?.[0] === 'overflow');
    expect([cursor.oldest(), overflow?.start]).toEqual([first, first]);
  });
});

it('a flusher whose second packet fails each time says how old that one is', async () => {
  const { recorder, time } = timed();
  const counter = recorder.counter('a');
  const memory = memoryBackend();
  const half: typeof memory.encode = function* (snapshot) {
    for (const sample of snapshot) {
      const { series } = sample;
      const value = Math.ceil((sample.value as number) / 2);
      yield { body: 'half', parts: [{ series, value }] };
      yield { body: 'rest', parts: [{ series, value: (sample.value as number) - value }] };
    }
  };
  const send: typeof memory.send = async ({ body }) =>
    body === 'half' ? { outcome: 'delivered' } : { outcome: 'failed' };
  const flusher = recorder.flushTo({ ...memory, encode: half, send }, { every: 3_600_000, retries: 0 });
  const begun = time.now;
  for (let hour = 1; hour <= 5; hour++) {
    counter.add(10);
    time.now = begun + hour * 3_600_000;
    await flusher.flush();
    expect(flusher.status().oldestUndelivered).toBe(hour * 3_600_000);
  }
  await flusher.destroy();
});

type Step =
  | { readonly do: 'add' | 'remove'; readonly a: number; readonly n: number }
  | { readonly do: 'read' | 'clear' }
  | { readonly do: 'commit'; readonly pick: number; readonly share: number };

it('no read begins after one of its samples, nor a sample after what it covers', () => {
  const a = fc.nat(2);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('add' as const), a, n: fc.integer({ min: 1, max: 5 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), a, n: fc.constant(0) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('read' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('commit' as const),
        pick: fc.nat(7),
        share: fc.constantFrom(0.3, 0.5, 1, 2),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const { recorder, time } = timed();
      const family = recorder.counter('x', { tagNames: ['a'] });
      const gauge = recorder.gauge('g');
      gauge.set(1);
      const cursor: Cursor = recorder.cursor();
      /** When each of what was not delivered was counted, by tag. */
      const open = new Map<string, number[]>();
      let samples: readonly Sample[] = [];
      /** Of the last read what is still to be committed, by tag. */
      const left = new Map<Sample, number>();
      for (const one of steps) {
        time.now += 10;
        if (one.do === 'add') {
          family.with({ a: one.a }).add(one.n);
          const list = open.get(String(one.a)) ?? [];
          open.set(String(one.a), list);
          for (let i = 0; i < one.n; i++) list.push(time.now);
        } else if (one.do === 'remove') {
          family.remove({ a: one.a });
        } else if (one.do === 'clear') {
          family.clear();
        } else if (one.do === 'read') {
          const read = cursor.read();
          samples = read.samples;
          left.clear();
          for (const sample of samples) {
            expect(sample.start).toBeGreaterThanOrEqual(read.start);
            if (sample.kind !== 'counter') continue;
            left.set(sample, sample.value as number);
            const [earliest = time.now] = open.get(sample.tags[0]?.[1] as string) ?? [];
            expect(sample.start).toBeLessThanOrEqual(earliest);
          }
        } else if (one.do === 'commit') {
          const sample = samples[one.pick % Math.max(1, samples.length)];
          if (sample === undefined) continue;
          const there = left.get(sample);
          if (there === undefined) {
            cursor.commit([sample]);
            continue;
          }
          const value = Math.floor(there * one.share);
          cursor.commit(one.share === 1 ? [sample] : [{ series: sample.series, value }]);
          const taken = one.share === 1 ? there : Math.min(value, there);
          left.set(sample, there - taken);
          open.get(sample.tags[0]?.[1] as string)?.splice(0, taken);
        }
        const earliest = [...open.values()].map(([at]) => at ?? Number.POSITIVE_INFINITY);
        const oldest = Math.min(...earliest);
        if (oldest === Number.POSITIVE_INFINITY) expect(cursor.oldest()).toBeUndefined();
        else expect(cursor.oldest()).toBeLessThanOrEqual(oldest);
      }
    }),
    { seed, numRuns: 300 },
  );
});

describe('junk that is committed after a read', () => {
  const fails = (): never => {
    throw new Error('of the host');
  };
  it.each<[string, unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a number', 5],
    ['an object', {}],
    ['a symbol', Symbol('x')],
    ['an iterable that fails', { [Symbol.iterator]: () => ({ next: fails }) }],
    ['a part that fails', [Object.defineProperty({}, 'series', { get: fails })]],
  ])('%s: throws nothing, takes nothing, is counted', (_, junk) => {
    const recorder = new Recorder();
    recorder.counter('a').add(5);
    const cursor = recorder.cursor();
    cursor.read();
    expect(() => cursor.commit(junk as never)).not.toThrow();
    expect([cursor.pending(), recorder.status().refused.value]).toEqual([1, 1]);
    cursor.close();
    expect(() => cursor.commit(junk as never)).not.toThrow();
  });
});
