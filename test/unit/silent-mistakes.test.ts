// What is wrong and hurts nobody at once is told once, with the metric's name; and what is printed is short.
import { inspect } from 'node:util';
import { Recorder } from 'circmetrics';
import { circonus, circonusPull } from 'circmetrics/circonus';
import { graphite } from 'circmetrics/graphite';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { prometheus } from 'circmetrics/prometheus';
import { statsd } from 'circmetrics/statsd';
import { memoryBackend } from 'circmetrics/testing';
import { describe, expect, it } from 'vitest';
import { call } from './refusals.js';

/** A recorder, and what it has told. */
function told(options: ConstructorParameters<typeof Recorder>[0] = {}) {
  const warnings: string[] = [];
  const recorder = new Recorder({ onWarning: (message) => warnings.push(message), ...options });
  return { recorder, warnings };
}

describe('the first value that a metric does not take', () => {
  it.each([
    ['counter', {}, 'add', [-1], '-1: it adds finite numbers from 0 on'],
    ['counter', {}, 'add', ['5'], '"5": it adds'],
    ['counter', {}, 'add', [5n], '5: it adds'],
    ['gauge', {}, 'set', [Number.NaN], 'NaN: it takes finite numbers'],
    ['gauge', {}, 'add', [Number.POSITIVE_INFINITY], 'Infinity: it takes'],
    ['gauge', { type: 'int32' }, 'set', [2 ** 31], '2147483648: it takes integers of type int32'],
    ['gauge', { type: 'uint64' }, 'add', [0.5], '0.5: it takes integers of type uint64'],
    ['timer', {}, 'record', [Number.NaN], 'NaN: it takes numbers below 1e128'],
    ['histogram', {}, 'record', [1, -1], '[1, -1]: it takes'],
    ['histogram', {}, 'recordScaled', [0.5, 0], '[0.5, 0, 1]: it takes'],
    ['text', {}, 'set', [Symbol('s')], 'Symbol(s): it takes strings'],
  ])('is told once: %s %o, %s(%o)', (kind, options, method, args, what) => {
    const { recorder, warnings } = told();
    const metric = call(recorder.namespace('api'), kind, 'm', options) as object;
    for (let i = 0; i < 3; i++) call(metric, method, ...args);
    expect(warnings).toEqual([expect.stringContaining(`${kind} "api.m" was given ${what}`)]);
    expect(recorder.status().refused.value).toBe(3);
  });

  it('is told for each metric, and once for all series of a family', () => {
    const { recorder, warnings } = told();
    const family = recorder.counter('f', { tagNames: ['a'] });
    for (let a = 0; a < 5; a++) family.with({ a }).add(-1);
    for (const name of ['x', 'y']) recorder.counter(name).add(Number.NaN);
    expect(warnings.map((one) => /"(\w)"/.exec(one)?.[1])).toEqual(['f', 'x', 'y']);
  });

  it('throws nothing into the host, whatever the value or its listener is', () => {
    const nasty = {
      get [Symbol.toStringTag](): string {
        throw new Error('no');
      },
    };
    const recorder = new Recorder({
      onWarning: () => {
        recorder.counter('c').add(-2);
        throw new Error('no');
      },
    });
    recorder.counter('c').add(nasty as never);
    recorder.text('t').set(Proxy.revocable({}, {}).proxy as never);
    expect(recorder.status().refused).toMatchObject({ value: 4, callback: 2 });
  });
});

describe('a tag that a family does not have', () => {
  it.each([1, 2, 3, 4, 5])('is told once, of %i that it has', (count) => {
    const { recorder, warnings } = told();
    const tagNames = Array.from({ length: count }, (_, i) => `t${i}`);
    const family = recorder.namespace('api').counter('f', { tagNames });
    for (let i = 0; i < 3; i++) {
      const tags = Object.fromEntries(tagNames.map((name) => [name, i]));
      const handle = family.with({ ...tags, extra: 'x' });
      handle.add();
      expect(family.with(tags)).toBe(handle);
    }
    expect(warnings).toEqual([
      `counter "api.f" has no tag "extra", which is left out: its tags are ${tagNames.join(', ')}.`,
    ]);
    expect(recorder.status().refused.tag).toBe(0);
  });

  it('is told where one that it has is missing, at any call', () => {
    const { recorder, warnings } = told();
    const family = recorder.counter('f', { tagNames: ['route'] });
    family.with({ route: '/' }).add();
    for (let i = 0; i < 3; i++) family.with({ rout: '/' } as never).add();
    expect(warnings).toEqual([
      'Samples of counter "f" are not recorded: tag "route" must be a string, a number or a boolean, not undefined.',
      'counter "f" has no tag "rout", which is left out: its tags are route.',
    ]);
    expect(recorder.status().refused.tag).toBe(3);
  });

  it.each([null, undefined, 5, 'x', []])('is none of %o', (tags) => {
    const { recorder, warnings } = told();
    const family = recorder.counter('f', { tagNames: ['route'] });
    for (let i = 0; i < 2; i++) family.with(tags as never).add();
    expect([warnings.length, recorder.status().refused.tag]).toEqual([1, 2]);
  });

  it('is none where the recorder is disabled', () => {
    const { recorder, warnings } = told({ enabled: false });
    recorder
      .counter('f', { tagNames: ['route'] })
      .with({ rout: '/' } as never)
      .add();
    expect(warnings).toEqual([]);
  });
});

describe('what a reader drops', () => {
  /** Two metrics of one name everywhere, and a family of which all look the same without tags. */
  const fill = (recorder: Recorder): void => {
    recorder.namespace('a').gauge('b c').set(1);
    recorder.namespace('a').gauge('b\tc').set(2);
    const family = recorder.gauge('f', { tagNames: ['t'] });
    for (let t = 0; t < 5; t++) family.with({ t }).set(t);
    recorder.text('version').set('v1');
    recorder.gauge('none').set(1);
    recorder.gauge('hidden', { taggedName: false }).set(1);
  };

  it('is told once for each metric and flusher, with the name of both', async () => {
    const { recorder, warnings } = told();
    fill(recorder);
    const all = [statsd(), graphite()].map((backend) =>
      recorder.flushTo(
        { ...backend, send: async () => ({ outcome: 'delivered' }) as const },
        { every: 60_000 },
      ),
    );
    for (let i = 0; i < 3; i++) for (const flusher of all) await flusher.flush();
    const collision = (name: string, where: string) =>
      expect.stringMatching(
        new RegExp(`^A series of gauge ${name} is dropped by ${where} \\(collision\\): another series has`),
      );
    expect(warnings).toEqual([
      collision('"a.b\\\\tc"', 'statsd at udp://127.0.0.1:8125'),
      collision('"f"', 'statsd at udp://127.0.0.1:8125'),
      collision('"a.b\\\\tc"', 'graphite at tcp://127.0.0.1:2003'),
    ]);
    await recorder.destroy();
  });

  it('is told once of a scrape', async () => {
    const { recorder, warnings } = told();
    fill(recorder);
    const scrapes = [prometheus(recorder), circonusPull(recorder, { access: false })];
    for (let i = 0; i < 3; i++)
      for (const scrape of scrapes) await (await scrape.fetch(new Request('http://localhost/'))).text();
    expect(warnings).toEqual([
      expect.stringContaining('gauge "a.b\\tc" is dropped by prometheus (collision)'),
    ]);
  });

  it('is told by the reason, in words where it has some, and of the host’s own reasons', async () => {
    const { recorder, warnings } = told();
    recorder.counter('x'.repeat(5000)).add();
    const flusher = recorder.flushTo(circonus({ url: 'http://127.0.0.1:1/x' }), {
      every: 60_000,
      retries: 0,
    });
    await flusher.flush();
    expect(warnings[0]).toMatch(/ \(name_too_long\): its name is too long\.$/);
    const own = memoryBackend();
    const other = recorder.flushTo(
      {
        ...own,
        encode(snapshot, drop) {
          for (const sample of snapshot) drop(sample, 'because');
          return [];
        },
      },
      { every: 60_000 },
    );
    await other.flush();
    expect(warnings.at(-1)).toMatch(/ is dropped by memory at memory \(because\)\.$/);
    await recorder.destroy();
  });

  it('is told of a hundred metrics, and counted of all', async () => {
    const { recorder, warnings } = told();
    for (let i = 0; i < 300; i++) for (const end of [' ', '\t']) recorder.gauge(`g${i}${end}`).set(1);
    const backend = { ...graphite(), send: async () => ({ outcome: 'delivered' }) as const };
    const report = await recorder.flushTo(backend, { every: 60_000 }).flush();
    expect([report.dropped['collision'], warnings.length]).toEqual([300, 100]);
    await recorder.destroy();
  });
});

describe('what is printed', () => {
  const { recorder } = told({ tags: { app: 'shop' } });
  for (let i = 0; i < 500; i++)
    recorder
      .counter(`c${i}`, { tagNames: ['a'] })
      .with({ a: i })
      .add();
  const api = recorder.namespace('api');
  const counter = api.counter('calls');
  counter.add(3);
  const big = api.gauge('big', { type: 'int64' });
  big.set(9_007_199_254_740_993n);
  const timer = api.timer('wait');
  timer.record(0.0125, 4);
  const text = api.text('version');
  text.set('v1');
  const family = api.counter('family', { tagNames: ['route'] });
  const flusher = recorder.flushTo(memoryBackend(), { every: 60_000 });
  const cursor = recorder.cursor();
  const snapshot = recorder.snapshot();
  const sample = (name: string) => snapshot.samples.find((one) => one.name === name);

  it.each([
    ['recorder', recorder, { enabled: true, metrics: 505, series: 504, flushers: 1 }],
    ['namespace', api, { path: 'api', metrics: 5, namespaces: 0 }],
    ['counter', counter, { kind: 'counter', name: 'api.calls', tags: [['app', 'shop']], value: 3 }],
    ['gauge', big, { kind: 'gauge', name: 'api.big', value: '9007199254740993' }],
    ['timer', timer, { kind: 'histogram', name: 'api.wait', value: { count: 4, min: 0.012, max: 0.013 } }],
    ['text', text, { kind: 'text', name: 'api.version', value: 'v1' }],
    ['family', family, { kind: 'counter', name: 'api.family', tagNames: ['route'], series: 0 }],
    ['cursor', cursor, { pending: 502, closed: false }],
    ['snapshot', snapshot, { temporality: 'cumulative', series: 504 }],
    ['flusher', flusher, { backend: 'memory', target: 'memory', state: 'waiting', every: 60_000, passes: 0 }],
    ['sample', sample('big'), { kind: 'gauge', name: 'api.big', value: '9007199254740993' }],
    ['sample', sample('wait'), { name: 'api.wait', value: { count: 4 } }],
    ['series', sample('calls')?.series, { kind: 'counter', name: 'api.calls' }],
    ['histogram', timer.histogram(), { count: 4, min: 0.012, p50: 0.0124, max: 0.013 }],
    ['empty histogram', new LogLinearHistogram(), { count: 0 }],
  ])('of a %s is a small object, and one line', (_, object, expected) => {
    const json = JSON.stringify(object);
    expect(JSON.parse(json)).toMatchObject(expected);
    expect(json.length).toBeLessThan(250);
    for (const printed of [inspect(object), inspect({ object }), inspect([object], { depth: 0 })]) {
      expect(printed.split('\n').length).toBeLessThanOrEqual(3);
      expect(printed.length).toBeLessThan(300);
    }
    expect(inspect(object)).toContain(json);
  });

  it('of samples is all of them', () => {
    const all = JSON.parse(JSON.stringify(snapshot.samples)) as unknown[];
    expect(all).toHaveLength(504);
    expect(JSON.parse(JSON.stringify([...cursor.read()]))).toHaveLength(504);
  });

  it('of what has ended, and of what does nothing, is as short', () => {
    const gone = api.counter('gone');
    api.unregister('gone');
    const disabled = new Recorder({ enabled: false });
    for (const object of [gone, disabled, disabled.timer('t'), disabled.counter('f', { tagNames: ['a'] })]) {
      expect(JSON.stringify(object).length).toBeLessThan(250);
      expect(inspect(object)).not.toContain('\n');
    }
  });
});
