import { type LogLinearHistogram, MetricsError, Recorder, type RecorderOptions, unitInfo } from 'circmetrics';
import { describe, expect, it } from 'vitest';

const bad: readonly unknown[] = [
  Number.NaN,
  Infinity,
  -Infinity,
  'x',
  '5',
  undefined,
  null,
  {},
  [],
  Symbol('s'),
  true,
];
const quiet: RecorderOptions = { onWarning: () => {} };
/** A method taken out of the types' sight. */
const call = (target: object, method: string, ...args: unknown[]): unknown =>
  (target as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
const code = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof MetricsError) return error.code;
    throw error;
  }
  return undefined;
};

describe('bad values', () => {
  it('are counted and never thrown', () => {
    const recorder = new Recorder();
    const counter = recorder.counter('c');
    const timer = recorder.timer('t');
    const histogram = recorder.histogram('h');
    for (const value of [...bad.filter((v) => v !== undefined), -1, 5n]) call(counter, 'add', value);
    for (const value of bad) {
      call(histogram, 'record', value);
      call(timer, 'record', 1, value === undefined ? -1 : value);
      call(histogram, 'recordScaled', value, 0);
    }
    call(histogram, 'record', 1, 0.5);
    expect(counter.value).toBe(0);
    expect(histogram.histogram().count).toBe(0);
    expect(recorder.status().refused.value).toBe(12 + bad.length * 3 + 1);
  });

  it('make a gauge null until it is set again', () => {
    const recorder = new Recorder();
    for (const type of ['double', 'int32', 'uint32', 'int64', 'uint64'] as const) {
      const gauge = recorder.gauge(type, { type });
      for (const value of bad) {
        gauge.set(1);
        expect(gauge.value).toBe(type.endsWith('64') ? 1n : 1);
        call(gauge, 'set', value);
        expect(gauge.value).toBeNull();
        gauge.add(1);
        expect(gauge.value).toBeNull();
      }
      gauge.clear();
      expect(gauge.value).toBe(type.endsWith('64') ? 0n : 0);
    }
    expect(recorder.status().refused.value).toBe(5 * bad.length);
  });
});

describe('gauges', () => {
  it.each([
    ['int32', -(2n ** 31n), 2n ** 31n - 1n],
    ['uint32', 0n, 2n ** 32n - 1n],
    ['int64', -(2n ** 63n), 2n ** 63n - 1n],
    ['uint64', 0n, 2n ** 64n - 1n],
  ] as const)('of type %s keep their range exactly', (type, min, max) => {
    const recorder = new Recorder();
    const gauge = recorder.gauge('g', { type: type as 'int64' });
    for (const value of [min, max, max - 1n]) {
      gauge.set(value);
      expect(BigInt(gauge.value ?? -1n)).toBe(value);
      expect(BigInt(recorder.snapshot().samples[0]?.value as bigint)).toBe(value);
    }
    for (const value of [min - 1n, max + 1n, 0.5]) {
      gauge.set(value);
      expect(gauge.value).toBeNull();
    }
    gauge.set(max);
    gauge.add(1);
    expect(gauge.value).toBeNull();
  });
});

describe('texts', () => {
  it('are cut at 512 bytes between characters', () => {
    const text = new Recorder().text('t');
    for (const [unit, bytes] of [
      ['a', 1],
      ['é', 2],
      ['日', 3],
      ['😀', 4],
    ] as const) {
      text.set(`x${unit.repeat(600)}`);
      const kept = new TextEncoder().encode(text.value ?? '').length;
      expect(kept).toBe(1 + Math.floor(511 / bytes) * bytes);
    }
    text.set('b'.repeat(512));
    expect(text.value).toHaveLength(512);
  });
});

describe('timers', () => {
  it('measure by their clock in every form, and say how many run', async () => {
    let now = 0;
    const recorder = new Recorder({ clock: { monotonic: () => now } });
    const timer = recorder.timer('t');
    const stop = timer.start();
    expect(timer.active).toBe(1);
    now += 250;
    expect([stop(), stop(), timer.active]).toEqual([0.25, 0.25, 0]);
    {
      using _ = timer.measure();
      now += 40;
    }
    expect(timer.time(() => (now += 30))).toBe(320);
    expect(() =>
      timer.time(() => {
        throw new Error('host');
      }),
    ).toThrow('host');
    await expect(timer.time(async () => 'v')).resolves.toBe('v');
    await expect(timer.time(() => Promise.reject(new Error('late')))).rejects.toThrow('late');
    const host = {
      factor: 2,
      twice: timer.wrap(function twice(this: { factor: number }, n: number) {
        return n * this.factor;
      }),
    };
    expect([host.twice(4), host.twice.name, host.twice.length]).toEqual([8, 'twice', 1]);
    expect([timer.active, timer.histogram().count]).toEqual([0, 7]);
  });
});

describe('registration', () => {
  it('gives the same handle again and refuses everything else under the name', () => {
    const recorder = new Recorder();
    const options = { unit: 'requests', tags: { a: ['1', '2'] } } as const;
    expect(recorder.counter('c', options)).toBe(recorder.counter('c', { ...options }));
    expect(recorder.namespace('n', { tags: { x: 'y' } })).toBe(recorder.namespace('n'));
    expect(code(() => recorder.gauge('c'))).toBe('name_clash');
    expect(code(() => recorder.counter('c', { unit: 'bytes' }))).toBe('name_clash');
    expect(code(() => recorder.counter('n'))).toBe('name_clash');
    expect(code(() => recorder.namespace('c'))).toBe('name_clash');
    expect(code(() => recorder.namespace('n', { tags: { x: 'z' } }))).toBe('name_clash');
    expect(code(() => recorder.timer('t') && recorder.histogram('t', { unit: 'seconds' }))).toBe(
      'name_clash',
    );
  });

  it('names what is wrong by a stable code', () => {
    const recorder = new Recorder();
    expect(code(() => recorder.counter(''))).toBe('invalid_name');
    expect(code(() => call(recorder, 'namespace', 5))).toBe('invalid_name');
    expect(code(() => call(recorder, 'counter', 'a', { unit: 'furlongs' }))).toBe('invalid_unit');
    expect(code(() => call(recorder, 'counter', 'a', { units: 'bytes' }))).toBe('invalid_option');
    expect(code(() => recorder.counter('a', { tags: { '': 'x' } }))).toBe('invalid_tag');
    expect(code(() => recorder.addTag('', 'x'))).toBe('invalid_tag');
    expect(code(() => call(recorder, 'gauge', 'a', { type: 'float' }))).toBe('invalid_option');
    expect(code(() => recorder.timer('a', { unit: 'bytes' }))).toBe('invalid_unit');
    expect(code(() => recorder.histogram('a', { buckets: [2, 1] }))).toBe('invalid_option');
    expect(code(() => recorder.counter('a', { tagNames: ['x', 'x'] }))).toBe('invalid_tag');
    expect(recorder.snapshot().samples).toEqual([]);
  });

  it('knows the units of the C library with their prefixes', () => {
    expect(unitInfo('milliseconds')).toEqual({
      name: 'milliseconds',
      symbol: 'ms',
      base: 'seconds',
      factor: 0.001,
    });
    expect(unitInfo('kibibytes')?.factor).toBe(1024);
    for (const unit of [
      'percent',
      'messages',
      'packets',
      'ratio',
      'responses',
      'transactions',
      'tuples',
      'bits',
    ])
      expect(unitInfo(unit)?.name).toBe(unit);
    for (const none of ['second', 'kibimeters', 'milli', 'milliratio', '', 'constructor', '__proto__'])
      expect(unitInfo(none)).toBeUndefined();
  });
});

describe('tags', () => {
  it('are inherited, sorted by bytes, and fixed when the series is made', () => {
    const recorder = new Recorder({ tags: { app: 'shop' } });
    const api = recorder.namespace('api', { tags: { team: ['b', 'a', 'b'] } });
    const early = api.counter('early', { tags: { '\u{1F600}': 'x', '\uFFFD': 'y' } });
    api.addTag('zone', 1).replaceTag('team', 'c').replaceTag('app', 'own');
    api.counter('late');
    early.add();
    const [first, second] = recorder.snapshot().samples;
    expect(first?.tags).toEqual([
      ['app', 'shop'],
      ['team', 'a'],
      ['team', 'b'],
      ['\uFFFD', 'y'],
      ['\u{1F600}', 'x'],
    ]);
    expect(second?.tags).toEqual([
      ['app', 'own'],
      ['app', 'shop'],
      ['team', 'c'],
      ['zone', '1'],
    ]);
  });

  it('tell the series of a family apart by the tuple of values', () => {
    const recorder = new Recorder();
    const family = recorder.counter('f', { tagNames: ['a', 'b'] });
    const values = ['', 'x', 'x|', '|y', 'y', ',', '"', '__proto__', 'constructor', '\ud800', '\udc00', '1'];
    const handles = new Set(values.flatMap((a) => values.map((b) => family.with({ a, b }))));
    expect(handles.size).toBe(values.length ** 2);
    expect(family.with({ a: 1, b: 'x' })).toBe(family.with({ a: '1', b: 'x' }));
    call(call(family, 'with', { a: 'x' }) as object, 'add');
    call(call(family, 'with', null) as object, 'add');
    expect(recorder.status()).toMatchObject({ series: values.length ** 2, refused: { tag: 2 } });
  });
});

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
