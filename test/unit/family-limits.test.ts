// How many series a family has: those that are declared, and no more than its limit.
import { Recorder } from 'circmetrics';
import { describe, expect, it } from 'vitest';
import { codeOf } from './refusals.js';
import { tagsOf, timed } from './timed.js';

/** Of all series, the overflow's too. */
const sum = (recorder: Recorder): number =>
  recorder.snapshot().samples.reduce((total, { value }) => total + Number(value), 0);

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
    expect(codeOf(() => recorder.counter('all', { tagValues: { method: ['GET'] } }))).toBe('name_clash');
  });

  it('are checked', () => {
    const { recorder } = timed({ maxSeries: 100 });
    const family = (options: object) => codeOf(() => recorder.counter('bad', options as never));
    const twelve = Array.from({ length: 12 }, (_, i) => i);
    expect(family({ tagValues: { a: twelve, b: twelve }, maxSeries: 143 })).toBe('too_many_series');
    expect(family({ tagValues: { a: twelve, b: twelve } })).toBe('too_many_series');
    for (const tagValues of [7, null, {}, [], { a: [] }, { a: 'x' }, { a: [null] }, { b: ['x'] }]) {
      expect(family({ tagNames: ['a'], tagValues })).toBe('invalid_tag');
    }
    for (const value of [0, -1, Number.NaN, Infinity, '5', null]) {
      expect(family({ tagNames: ['a'], maxSeries: value })).toBe('invalid_option');
      expect(family({ tagNames: ['a'], expireAfter: value })).toBe('invalid_option');
      expect(codeOf(() => new Recorder({ maxSeries: value as number }))).toBe('invalid_option');
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
    expect(codeOf(() => recorder.counter('one more'))).toBe('too_many_series');
    expect(codeOf(() => recorder.counter('a', { tagNames: ['x'] }))).toBeUndefined();
  });

  it('hold through a million values', () => {
    const { recorder } = timed();
    const family = recorder.counter('c', { tagNames: ['user'] });
    for (let i = 0; i < 1_000_000; i++) family.with({ user: `user ${i}` }).add();
    expect(sum(recorder)).toBe(1_000_000);
    expect(recorder.status().series).toBe(2001);
  });
});
