import { type Counter, MetricsError, Recorder, type Sample } from 'circmetrics';
import { describe, expect, it } from 'vitest';

function timed(options: ConstructorParameters<typeof Recorder>[0] = {}) {
  const time = { now: 1_700_000_000_000 };
  const warnings: string[] = [];
  const recorder = new Recorder({
    clock: { now: () => time.now },
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return { recorder, time, warnings };
}
const tagsOf = ({ tags }: Sample): unknown => Object.fromEntries(tags);
const sum = (recorder: Recorder): number =>
  recorder.snapshot().samples.reduce((total, { value }) => total + Number(value), 0);
const code = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return (error as MetricsError).code;
  }
  return undefined;
};
const limit = 1000;

describe('identity', () => {
  it('is by the tuple of values, whatever is in them', () => {
    const { recorder } = timed();
    const family = recorder.counter('c', { tagNames: ['a', 'b', 'c'] });
    const hostile = [
      '',
      '|',
      'a|',
      '"',
      "'",
      ',',
      '=',
      '\0',
      '__proto__',
      'constructor',
      '\ud800',
      '\udc00',
      '\ufffd',
    ];
    const handles = new Set<Counter>();
    for (const a of hostile) for (const b of hostile) handles.add(family.with({ a, b, c: a + b }));
    expect(handles.size).toBe(hostile.length ** 2);
    for (const a of hostile)
      for (const b of hostile) expect(handles.has(family.with({ a, b, c: a + b }))).toBe(true);
  });

  it('takes numbers and booleans as strings', () => {
    const { recorder } = timed();
    const family = recorder.counter('c', { tagNames: ['status', 'cached'] });
    const handle = family.with({ status: 200, cached: false });
    expect(family.with({ status: '200', cached: 'false' })).toBe(handle);
    expect(family.with({ status: 200, cached: false })).toBe(handle);
    expect(family.with({ status: -0, cached: true })).toBe(family.with({ status: '0', cached: 'true' }));
    // An id that is free again must not be found by an alias of the value that had it.
    family.remove({ status: 200, cached: false });
    family.with({ status: 404, cached: false });
    expect(family.with({ status: 200, cached: false })).not.toBe(family.with({ status: 404, cached: false }));
  });

  it('names tags as the host does, even __proto__', () => {
    const { recorder } = timed();
    const family = recorder.counter('c', { tagNames: ['__proto__', 'constructor'] });
    family.with({ ['__proto__']: 'x', constructor: 'y' }).add(2);
    expect(recorder.snapshot().samples[0]?.tags).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    family.with({} as never).add();
    expect(recorder.snapshot().samples).toHaveLength(1);
  });

  it('counts what lacks a value, and records it nowhere', () => {
    const { recorder } = timed();
    const family = recorder.counter('c', { tagNames: ['a'] });
    for (const tags of [
      undefined,
      null,
      {},
      { a: undefined },
      { a: null },
      { a: {} },
      { a: Symbol('a') },
      7,
      'a',
    ]) {
      family.with(tags as never).add();
    }
    expect(recorder.snapshot().samples).toEqual([]);
    expect(recorder.status().refused.tag).toBe(9);
  });

  it('gives later series the tags that their namespaces have then', () => {
    const { recorder } = timed({ tags: { app: 'x' } });
    const family = recorder.gauge('g', { tagNames: ['a'] });
    family.with({ a: 1 });
    recorder.addTag('zone', 'eu');
    family.with({ a: 2 });
    expect(recorder.snapshot().samples.map(tagsOf)).toEqual([
      { a: '1', app: 'x' },
      { a: '2', app: 'x', zone: 'eu' },
    ]);
  });
});

describe('declared values', () => {
  it('make every combination from the start, and lead others to the overflow', () => {
    const { recorder, warnings } = timed();
    const family = recorder.counter('c', {
      tagNames: ['method', 'status'],
      tagValues: { method: ['GET', 'POST'], status: [200, '200', 404] },
    });
    expect(recorder.snapshot().samples.map(tagsOf)).toContainEqual({ method: 'POST', status: '404' });
    expect(sum(recorder)).toBe(0);
    family.with({ method: 'GET', status: 404 }).add();
    for (let i = 0; i < 3; i++) family.with({ method: 'PUT', status: 200 } as never).add(5);
    family.with({ method: 'GET', status: 500 } as never).add(7);
    const overflow = recorder.snapshot().samples.find(({ tags }) => tags[0]?.[0] === 'overflow');
    expect([overflow?.value, overflow?.tags]).toEqual([22, [['overflow', 'true']]]);
    expect(recorder.status().refused.overflow).toBe(4);
    expect(recorder.describe()[0]?.overflowed).toEqual({ method: 3, status: 1 });
    expect(warnings).toHaveLength(1);
    family.clear();
    expect(recorder.snapshot().samples).toHaveLength(4);
  });

  it('may be declared for some tags, and without tagNames', () => {
    const { recorder } = timed();
    const some = recorder.counter('some', { tagNames: ['route', 'method'], tagValues: { method: ['GET'] } });
    some.with({ route: '/', method: 'GET' }).add();
    some.with({ route: '/', method: 'X' as 'GET' }).add();
    const all = recorder.counter('all', { tagValues: { method: ['GET', 'PUT'] } });
    all.with({ method: 'PUT' }).add(3);
    expect(recorder.snapshot().samples.map(({ name, value }) => [name, value])).toEqual([
      ['some', 1],
      ['some', 1],
      ['all', 0],
      ['all', 3],
    ]);
    expect(recorder.counter('all', { tagValues: { method: ['GET', 'PUT'] } })).toBe(all);
    expect(code(() => recorder.counter('all', { tagValues: { method: ['GET'] } }))).toBe('name_clash');
  });

  it('are checked', () => {
    const { recorder } = timed({ maxSeries: 100 });
    const family = (options: object) => code(() => recorder.counter('bad', options as never));
    const twelve = Array.from({ length: 12 }, (_, i) => i);
    expect(family({ tagValues: { a: twelve, b: twelve }, maxSeries: 143 })).toBe('too_many_series');
    expect(family({ tagValues: { a: twelve, b: twelve } })).toBe('too_many_series');
    for (const tagValues of [7, null, {}, [], { a: [] }, { a: 'x' }, { a: [null] }, { b: ['x'] }]) {
      expect(family({ tagNames: ['a'], tagValues })).toBe('invalid_tag');
    }
    for (const value of [0, -1, Number.NaN, Infinity, '5', null]) {
      expect(family({ tagNames: ['a'], maxSeries: value })).toBe('invalid_option');
      expect(family({ tagNames: ['a'], expireAfter: value })).toBe('invalid_option');
      expect(code(() => new Recorder({ maxSeries: value as number }))).toBe('invalid_option');
    }
    expect(family({ maxSeries: 5 })).toBe('invalid_option');
    expect(family({ expireAfter: 5 })).toBe('invalid_option');
  });
});

describe('limits', () => {
  it('lead to one overflow series, with totals exact and one warning that names the tag', () => {
    const { recorder, warnings } = timed();
    const family = recorder.counter('c', { tagNames: ['user', 'method'], maxSeries: 100 });
    for (let i = 0; i < 1000; i++) family.with({ user: `u${i}`, method: i % 2 }).add(3);
    const { samples } = recorder.snapshot();
    expect(samples).toHaveLength(101);
    expect(sum(recorder)).toBe(3000);
    expect(warnings).toEqual([expect.stringMatching(/"c".*overflow=true.*100.*"user".*100/)]);
    expect(recorder.status().refused.overflow).toBe(900);
    expect(recorder.describe()[0]).toMatchObject({ series: 100, maxSeries: 100 });
    // What is known is found; what was refused was not remembered, so that there is room for it later.
    family.with({ user: 'u7', method: 1 }).add();
    family.remove({ user: 'u7', method: 1 });
    family.with({ user: 'u999', method: 1 }).add();
    expect(recorder.describe()[0]).toMatchObject({ series: 100 });
  });

  it('hold for the recorder, too', () => {
    const { recorder } = timed({ maxSeries: 10 });
    const [a, b] = ['a', 'b'].map((name) => recorder.counter(name, { tagNames: ['x'] }));
    for (let i = 0; i < 8; i++) a?.with({ x: i }).add();
    for (let i = 0; i < 8; i++) b?.with({ x: i }).add();
    expect([sum(recorder), recorder.status().series]).toEqual([16, 11]);
    expect(code(() => recorder.counter('one more'))).toBe('too_many_series');
    expect(code(() => recorder.counter('a', { tagNames: ['x'] }))).toBeUndefined();
  });

  it('hold through a million values', () => {
    const { recorder } = timed();
    const family = recorder.counter('c', { tagNames: ['user'] });
    for (let i = 0; i < 1_000_000; i++) family.with({ user: `user ${i}` }).add();
    expect(sum(recorder)).toBe(1_000_000);
    expect(recorder.status().series).toBe(2001);
  });
});

describe('expiry', () => {
  it('ends what was not touched, and lets kept handles come back as new series', () => {
    const { recorder, time } = timed();
    const family = recorder.counter('c', { tagNames: ['a'], expireAfter: limit });
    const [idle, busy] = [family.with({ a: 'idle' }), family.with({ a: 'busy' })];
    idle.add(5);
    const first = recorder.snapshot().samples[0] as Sample;
    for (let i = 0; i < 4; i++) {
      time.now += limit / 2;
      busy.add();
      recorder.snapshot();
    }
    expect(recorder.snapshot().samples.map(tagsOf)).toEqual([{ a: 'busy' }]);
    expect([idle.value, tagsOf(first)]).toEqual([0, { a: 'idle' }]);
    const stranger = family.with({ a: 'stranger' });
    stranger.add(7);
    idle.add(2);
    expect([stranger.value, idle.value]).toEqual([7, 2]);
    const back = recorder.snapshot().samples.find(({ tags }) => tags[0]?.[1] === 'idle') as Sample;
    expect(back.value).toBe(2);
    expect(back.series).not.toBe(first.series);
    expect(back.start).toBe(time.now);
  });

  it('lets an old handle share the series of a newer one', () => {
    const { recorder } = timed();
    const family = recorder.histogram('h', { tagNames: ['a'] });
    const old = family.with({ a: 1 });
    old.record(1);
    family.remove({ a: 1 });
    const newer = family.with({ a: 1 });
    newer.record(2);
    old.record(3);
    expect([old, newer].map((handle) => handle.histogram().count)).toEqual([2, 2]);
    newer.clear();
    old.record(4);
    expect(newer.histogram().count).toBe(1);
    expect(recorder.snapshot().samples).toHaveLength(1);
  });

  it('knows a touch that changes nothing', () => {
    const { recorder, time } = timed();
    const options = { tagNames: ['a'], expireAfter: limit } as const;
    const touches = [
      (() => {
        const gauge = recorder.gauge('double', options).with({ a: 1 });
        return () => gauge.set(3);
      })(),
      (() => {
        const gauge = recorder.gauge('int64', { ...options, type: 'int64' }).with({ a: 1 });
        return () => gauge.set(3n);
      })(),
      (() => {
        const gauge = recorder.gauge('null', options).with({ a: 1 });
        return () => gauge.set(Number.NaN);
      })(),
      (() => {
        const gauge = recorder.gauge('added', options).with({ a: 1 });
        return () => gauge.add(0);
      })(),
      (() => {
        const counter = recorder.counter('counter', options).with({ a: 1 });
        return () => counter.add(0);
      })(),
      (() => {
        const text = recorder.text('text', options).with({ a: 1 });
        return () => text.set('same');
      })(),
      (() => {
        const timer = recorder.timer('timer', options).with({ a: 1 });
        return () => timer.record(1);
      })(),
    ];
    for (let i = 0; i < 6; i++) {
      time.now += limit;
      for (const touch of touches) touch();
      recorder.snapshot();
    }
    expect(recorder.snapshot().samples).toHaveLength(touches.length);
    time.now += limit;
    expect(recorder.snapshot().samples).toHaveLength(0);
    for (const touch of touches) touch();
    expect(recorder.snapshot().samples).toHaveLength(touches.length);
  });

  it('is measured without reads as well, and keeps memory bounded', async () => {
    const recorder = new Recorder();
    const family = recorder.counter('c', { tagNames: ['a'], expireAfter: 20 });
    family.with({ a: 1 }).add();
    const deadline = Date.now() + 10_000;
    while (recorder.status().series > 0 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 5));
    expect(recorder.status().series).toBe(0);
  });

  it('owes to cursors what was not delivered, in the overflow where it is too much', () => {
    const { recorder } = timed();
    const counters = recorder.counter('c', { tagNames: ['a'] });
    const histograms = recorder.histogram('h', { tagNames: ['a'] });
    const [cursor, other] = [recorder.cursor(), recorder.cursor()];
    for (let i = 0; i < 5000; i++) {
      counters.with({ a: i }).add(2);
      if (i < 50) histograms.with({ a: i }).record(i, 3);
      counters.remove({ a: i });
    }
    histograms.clear();
    const { samples } = cursor.read();
    const total = (kind: string): number =>
      samples.reduce((all, { kind: own, value }) => {
        if (own !== kind) return all;
        return all + (typeof value === 'number' ? value : (value as { count: number }).count);
      }, 0);
    expect([total('counter'), total('histogram')]).toEqual([10_000, 150]);
    expect(samples.length).toBeLessThan(2200);
    expect(cursor.pending()).toBe(samples.length);
    cursor.commit(samples);
    expect(cursor.pending()).toBe(0);
    expect(other.pending()).toBeGreaterThan(1000);
    expect(cursor.read().samples.every(({ value }) => value === 0)).toBe(true);
  });
});

it('describe() tells what there is', () => {
  const { recorder } = timed({ tags: { app: 'x' } });
  const api = recorder.namespace('api');
  api.timer('latency', { help: 'How long.' });
  api.counter('calls', { unit: 'requests', tagNames: ['route'], maxSeries: 5 }).with({ route: '/' });
  expect(recorder.describe()).toEqual([
    {
      path: ['api'],
      name: 'latency',
      kind: 'histogram',
      instrument: 'timer',
      unit: 'seconds',
      help: 'How long.',
      tags: [['app', 'x']],
      tagNames: undefined,
      type: undefined,
      series: 1,
      maxSeries: 1,
      overflowed: {},
    },
    expect.objectContaining({
      name: 'calls',
      unit: 'requests',
      tagNames: ['route'],
      series: 1,
      maxSeries: 5,
      overflowed: { route: 0 },
    }),
  ]);
  expect(new Recorder({ enabled: false }).describe()).toEqual([]);
});

it('a disabled recorder has families that cost nothing', () => {
  const recorder = new Recorder({ enabled: false });
  const family = recorder.counter('c', { tagValues: { a: ['x', 'y'] }, expireAfter: 10 });
  expect(family.with({ a: 'x' })).toBe(family.with({ a: 'y' }));
  family.with({ a: 'x' }).add();
  family.clear();
  expect([recorder.snapshot().samples, family.remove({ a: 'x' })]).toEqual([[], false]);
  expect(MetricsError.name).toBe('MetricsError');
});
