// Which series a family gives for tags, and what it tells of itself.
import { type Counter, Recorder } from 'circmetrics';
import { describe, expect, it } from 'vitest';
import { tagsOf, timed } from './timed.js';

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

  it('stays what it was, though its series is cleared and its place becomes another one’s', () => {
    const { recorder } = timed();
    const family = recorder.counter('c', { tagNames: ['route'] });
    family.with({ route: 'a' }).add(5);
    const reads = [recorder.snapshot(), recorder.cursor().read()];
    family.with({ route: 'a' }).clear();
    family.remove({ route: 'a' });
    family.with({ route: 'b' }).add(7);
    for (const read of reads)
      expect([...read].map((sample) => [tagsOf(sample), sample.value])).toEqual([[{ route: 'a' }, 5]]);
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

  it('warns once of a tag that is missing, and says which', () => {
    const warnings: string[] = [];
    const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
    const family = recorder.counter('c', { tagNames: ['route', 'status'] });
    for (let i = 0; i < 3; i++) family.with({ route: '/', code: 200 } as never).add();
    expect(warnings).toEqual([
      'counter "c" has no tag "code", which is left out: its tags are route, status.',
      'Samples of counter "c" are not recorded: tag "status" must be a string, a number or a boolean, not undefined.',
    ]);
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
});
