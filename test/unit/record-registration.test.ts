// What a recorder registers: names, options, units and tags, and what it refuses.
import { Recorder, unitInfo } from 'circmetrics';
import { describe, expect, it } from 'vitest';
import { call, codeOf } from './refusals.js';

describe('registration', () => {
  it('gives the same handle again and refuses everything else under the name', () => {
    const recorder = new Recorder();
    const options = { unit: 'requests', tags: { a: ['1', '2'] } } as const;
    expect(recorder.counter('c', options)).toBe(recorder.counter('c', { ...options }));
    expect(recorder.namespace('n', { tags: { x: 'y' } })).toBe(recorder.namespace('n'));
    expect(codeOf(() => recorder.gauge('c'))).toBe('name_clash');
    expect(codeOf(() => recorder.counter('c', { unit: 'bytes' }))).toBe('name_clash');
    expect(codeOf(() => recorder.counter('n'))).toBe('name_clash');
    expect(codeOf(() => recorder.namespace('c'))).toBe('name_clash');
    expect(codeOf(() => recorder.namespace('n', { tags: { x: 'z' } }))).toBe('name_clash');
    expect(codeOf(() => recorder.timer('t') && recorder.histogram('t', { unit: 'seconds' }))).toBe(
      'name_clash',
    );
  });

  it('names what is wrong by a stable code', () => {
    const recorder = new Recorder();
    expect(codeOf(() => recorder.counter(''))).toBe('invalid_name');
    expect(codeOf(() => call(recorder, 'namespace', 5))).toBe('invalid_name');
    expect(codeOf(() => call(recorder, 'counter', 'a', { unit: 'furlongs' }))).toBe('invalid_unit');
    expect(codeOf(() => call(recorder, 'counter', 'a', { units: 'bytes' }))).toBe('invalid_option');
    expect(codeOf(() => recorder.counter('a', { tags: { '': 'x' } }))).toBe('invalid_tag');
    expect(codeOf(() => recorder.addTag('', 'x'))).toBe('invalid_tag');
    expect(codeOf(() => call(recorder, 'gauge', 'a', { type: 'float' }))).toBe('invalid_option');
    expect(codeOf(() => recorder.timer('a', { unit: 'bytes' }))).toBe('invalid_unit');
    expect(codeOf(() => recorder.histogram('a', { buckets: [2, 1] }))).toBe('invalid_option');
    expect(codeOf(() => recorder.counter('a', { tagNames: ['x', 'x'] }))).toBe('invalid_tag');
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
});
