// Registering what is there already, as hot reloads, notebooks and tests do, and ending a metric.
import { type Cursor, type Family, Recorder } from 'circmetrics';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { prometheus } from 'circmetrics/prometheus';
import { statsd } from 'circmetrics/statsd';
import { describe, expect, it } from 'vitest';
import { Fleet } from './fleet.js';
import { call, codeOf } from './refusals.js';

/** A recorder, and what it has told. */
function told(options: ConstructorParameters<typeof Recorder>[0] = {}) {
  const warnings: string[] = [];
  const recorder = new Recorder({ onWarning: (message) => warnings.push(message), ...options });
  return { recorder, warnings };
}

const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

/** What a read has, in its order: `name{tags} value`, a histogram by its number of samples. */
const read = (cursor: Cursor): string[] =>
  cursor.read().samples.map(({ name, tags, value }) => {
    const of = tags.length === 0 ? '' : `{${tags.map((tag) => tag.join('=')).join()}}`;
    return `${name}${of} ${value instanceof LogLinearHistogram ? value.count : value}`;
  });

/** Reads and commits until there is nothing left; all that was read, without zeros and nulls. */
function drain(cursor: Cursor): string[] {
  const all: string[] = [];
  for (let i = 0; i < 5; i++) {
    all.push(...read(cursor).filter((one) => !/ (0|null)$/.test(one)));
    cursor.commit(cursor.read().samples);
  }
  return all;
}

describe('registering a metric again', () => {
  it('calls the newest function that it is observed by', () => {
    const { recorder } = told();
    const first = recorder.gauge('g', { observe: () => 1 });
    expect([recorder.snapshot().samples[0]?.value, first.value]).toEqual([1, 1]);
    expect(recorder.gauge('g', { observe: () => 2 })).toBe(first);
    expect(recorder.snapshot().samples.map(({ value }) => value)).toEqual([2]);
    expect(recorder.gauge('g')).toBe(first);
    expect(recorder.snapshot().samples.map(({ value }) => value)).toEqual([2]);
    const plain = recorder.text('t');
    expect(recorder.text('t', { observe: () => 'seen' })).toBe(plain);
    recorder.snapshot();
    expect(plain.value).toBe('seen');
  });

  it('calls one function once, however often it is registered', () => {
    const { recorder } = told();
    let calls = 0;
    const observe = () => ++calls;
    for (let i = 0; i < 5; i++) recorder.gauge('g', { observe });
    recorder.snapshot();
    expect(calls).toBe(1);
  });

  it('lets nothing come of an older function that is still running', async () => {
    const { recorder, warnings } = told();
    const settle: (() => void)[] = [];
    const late = (end: (resolve: (value: number) => void, reject: (error: Error) => void) => void) => () =>
      new Promise<number>((resolve, reject) => {
        settle.push(() => end(resolve, reject));
      });
    const gauge = recorder.gauge('g', { observe: late((resolve) => resolve(1)) });
    recorder.snapshot();
    recorder.gauge('g', { observe: late((_, reject) => reject(new Error('too late'))) });
    recorder.snapshot();
    recorder.gauge('g', { observe: () => 3 });
    recorder.snapshot();
    for (const one of settle) one();
    await new Promise((resolve) => setTimeout(resolve));
    expect([gauge.value, warnings, recorder.status().refused.callback]).toEqual([3, [], 0]);
  });

  it('keeps the first help', () => {
    const { recorder } = told();
    const counter = recorder.counter('c', { help: 'Old words.' });
    expect(recorder.counter('c', { help: 'New words.' })).toBe(counter);
    expect(recorder.counter('c')).toBe(counter);
    expect(recorder.describe().map(({ help }) => help)).toEqual(['Old words.']);
  });

  it.each([
    ['counter', {}, 'gauge', {}, 'its instrument is "counter", not "gauge"'],
    ['timer', {}, 'histogram', { unit: 'seconds' }, 'its instrument is "timer", not "histogram"'],
    ['counter', {}, 'counter', { unit: 'bytes' }, 'its unit is not given, not "bytes"'],
    ['gauge', { type: 'int32' }, 'gauge', {}, 'its type is "int32", not "double"'],
    ['gauge', { merge: 'max' }, 'gauge', { merge: 'min' }, 'its merge is "max", not "min"'],
    ['text', { taggedName: false }, 'text', { taggedName: 'x' }, 'its taggedName is false, not "x"'],
    [
      'counter',
      { tags: { a: 1 } },
      'counter',
      { tags: { a: 2 } },
      'its tags is [["a","1"]], not [["a","2"]]',
    ],
    ['counter', { tagNames: ['a'] }, 'counter', { tagNames: ['b'] }, 'its tagNames is ["a"], not ["b"]'],
    [
      'counter',
      { tagValues: { a: ['x'] } },
      'counter',
      { tagValues: { a: ['x', 'y'] } },
      'its tagValues is {"a":["x"]}, not {"a":["x","y"]}',
    ],
    [
      'counter',
      { tagNames: ['a'], maxSeries: 5 },
      'counter',
      { tagNames: ['a'] },
      'its maxSeries is 5, not 2000',
    ],
    [
      'counter',
      { tagNames: ['a'], expireAfter: 5 },
      'counter',
      { tagNames: ['a'] },
      'its expireAfter is 5, not not given',
    ],
    ['histogram', { buckets: [1, 2] }, 'histogram', { buckets: [1, 3] }, 'its buckets is [1,2], not [1,3]'],
  ])('otherwise says what differs, and how: %s %o, %s %o', (kind, options, again, others, difference) => {
    const { recorder } = told();
    call(recorder, kind, 'm', options);
    const clash = () => call(recorder, again, 'm', others);
    expect(codeOf(clash)).toBe('name_clash');
    expect(messageOf(clash)).toContain(difference);
    expect(messageOf(clash)).toContain('"m"');
  });

  it('takes the tags that a namespace was made with, and those that it has now', () => {
    const { recorder } = told();
    const tags = { zone: 'eu' };
    const made = recorder.namespace('n', { tags }).addTag('team', 'ops');
    expect(recorder.namespace('n', { tags })).toBe(made);
    expect(recorder.namespace('n', { tags: { ...tags, team: 'ops' } })).toBe(made);
    expect(messageOf(() => recorder.namespace('n', { tags: { zone: 'us' } }))).toContain(
      '[["team","ops"],["zone","eu"]], not [["zone","us"]]',
    );
  });
});

describe('unregister', () => {
  const kinds = ['counter', 'gauge', 'timer', 'histogram', 'text'] as const;
  const fill = (handle: object) => {
    for (const [method, value] of [
      ['add', 2],
      ['record', 2],
      ['set', 'text'],
    ] as const)
      call(handle, method, method === 'set' && 'add' in handle ? 2 : value);
  };

  it.each(kinds.flatMap((kind) => kinds.map((next) => [kind, next] as const)))(
    'frees the name of a %s for a %s',
    (kind, next) => {
      const { recorder } = told();
      const api = recorder.namespace('api');
      const handle = call(api, kind, 'm') as object;
      const family = call(api, kind, 'f', { tagNames: ['a'] }) as Family<object>;
      fill(handle);
      fill(family.with({ a: 1 }));
      expect([api.unregister('m'), api.unregister('f'), api.unregister('m'), api.unregister('x')]).toEqual([
        true,
        true,
        false,
        false,
      ]);
      expect([recorder.snapshot().samples, recorder.status().series, recorder.describe()]).toEqual([
        [],
        0,
        [],
      ]);
      const again = call(api, next, 'm') as object;
      expect(again).not.toBe(handle);
      const tagged = call(api, next, 'f', { tagNames: ['b'] }) as Family<object>;
      fill(again);
      fill(tagged.with({ b: 1 }));
      expect(recorder.snapshot().samples.map(({ kind: one, value }) => [one, value])).toHaveLength(2);
      expect(recorder.snapshot().samples.every(({ value }) => value !== null && value !== 0)).toBe(true);
    },
  );

  it('lets a namespace have the name, and leaves namespaces alone', () => {
    const { recorder } = told();
    recorder.counter('n');
    recorder.namespace('space').counter('c').add();
    expect(recorder.unregister('space')).toBe(false);
    expect(recorder.unregister('n')).toBe(true);
    recorder.namespace('n').counter('c').add();
    expect(recorder.snapshot().samples).toHaveLength(2);
  });

  it.each([undefined, null, 5, {}, '', '__proto__'])('answers %o with false', (name) => {
    expect(new Recorder().unregister(name as string)).toBe(false);
    expect(new Recorder({ enabled: false }).unregister(name as string)).toBe(false);
  });

  it('makes its handles count what they are given, tell it once, and throw nothing', () => {
    const { recorder, warnings } = told();
    const counter = recorder.counter('counter');
    const gauge = recorder.gauge('gauge');
    const integer = recorder.gauge('integer', { type: 'uint64' });
    const text = recorder.text('text');
    const histogram = recorder.histogram('histogram');
    const timer = recorder.timer('timer');
    const stop = timer.start();
    const family = recorder.counter('family', { tagNames: ['a'], expireAfter: 1000, maxSeries: 1 });
    const kept = family.with({ a: 1 });
    const overflow = family.with({ a: 2 });
    for (const name of ['counter', 'gauge', 'integer', 'text', 'histogram', 'timer', 'family'])
      recorder.unregister(name);
    const before = recorder.status().refused.unregistered;
    const steps: (() => unknown)[] = [
      () => counter.add(),
      () => gauge.set(5),
      () => gauge.add(5),
      () => integer.set(5n),
      () => integer.add(5),
      () => text.set('x'),
      () => histogram.record(5),
      () => histogram.recordScaled(5n, 0),
      () => timer.record(5),
      () => timer.time(() => 1),
      () => stop(),
      () => kept.add(),
      () => overflow.add(),
      () => family.with({ a: 1 }).add(),
    ];
    for (const [i, step] of steps.entries()) {
      step();
      expect([i, recorder.status().refused.unregistered - before]).toEqual([i, i + 1]);
    }
    for (const handle of [counter, gauge, integer, text, histogram, timer, kept]) handle.clear();
    family.clear();
    expect(family.remove({ a: 1 })).toBe(false);
    expect([counter.value, gauge.value, integer.value, text.value, kept.value]).toEqual([
      0,
      null,
      null,
      null,
      0,
    ]);
    expect([histogram.histogram().count, timer.histogram().count, timer.time(() => 7)]).toEqual([0, 0, 7]);
    expect([recorder.snapshot().samples, recorder.status().series]).toEqual([[], 0]);
    for (const name of ['counter', 'gauge', 'integer', 'text', 'histogram', 'timer', 'family'])
      expect(warnings.filter((one) => one.includes(`"${name}" was unregistered`))).toHaveLength(1);
  });

  it('stops its function, and what that gives later', async () => {
    const { recorder, warnings } = told();
    let calls = 0;
    let settle = (_: number): void => {};
    recorder.gauge('g', { observe: () => ++calls });
    recorder.gauge('late', {
      observe: () =>
        new Promise<number>((resolve) => {
          settle = resolve;
        }),
    });
    recorder.snapshot();
    recorder.unregister('g');
    recorder.unregister('late');
    const late = recorder.gauge('late');
    settle(5);
    await recorder.collect();
    expect([calls, late.value, warnings]).toEqual([1, 0, []]);
  });

  it('ends series that expire, and those that were declared', () => {
    const { recorder } = told();
    const family = recorder.counter('f', { tagValues: { a: ['x', 'y'] }, expireAfter: 10 });
    family.with({ a: 'x' }).add();
    recorder.unregister('f');
    family.clear();
    expect([recorder.snapshot().samples, recorder.status().series]).toEqual([[], 0]);
  });

  it('gives room for other series', () => {
    const { recorder } = told({ maxSeries: 3 });
    for (let i = 0; i < 50; i++) {
      const family = recorder.counter(`f${i}`, { tagNames: ['a'] });
      for (const a of [1, 2, 3]) family.with({ a }).add();
      expect(recorder.snapshot().samples.map(({ value }) => value)).toEqual([1, 1, 1]);
      recorder.unregister(`f${i}`);
    }
  });

  it('leaves older snapshots as they are', () => {
    const { recorder } = told();
    recorder.counter('c').add(5);
    recorder.histogram('h').record(5);
    const before = recorder.snapshot();
    recorder.unregister('c');
    recorder.unregister('h');
    recorder.counter('c').add(7);
    recorder.histogram('h').record(7, 3);
    expect(before.samples.map(({ value }) => (value as LogLinearHistogram).count ?? value)).toEqual([5, 1]);
  });

  it('is seen by scrapes', async () => {
    const { recorder } = told();
    const scrape = prometheus(recorder);
    const text = async () => {
      let all = '';
      for await (const chunk of scrape.render()) all += chunk;
      return all.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    };
    recorder.counter('a').add(1);
    recorder
      .counter('b', { tagNames: ['t'] })
      .with({ t: 1 })
      .add(2);
    recorder.counter('c').add(3);
    expect(await text()).toEqual(['a_total 1', 'b_total{t="1"} 2', 'c_total 3']);
    recorder.unregister('b');
    expect(await text()).toEqual(['a_total 1', 'c_total 3']);
    recorder.gauge('b').set(4);
    expect(await text()).toEqual(['a_total 1', 'c_total 3', 'b 4']);
    recorder.unregister('b');
    recorder.unregister('a');
    expect(await text()).toEqual(['c_total 3']);
  });
});

describe('what was not delivered of an unregistered metric', () => {
  it('is delivered under its name', () => {
    const { recorder } = told();
    const cursor = recorder.cursor();
    recorder.counter('c').add(5);
    const family = recorder.histogram('f', { tagNames: ['a'] });
    for (const a of ['x', 'y']) family.with({ a }).record(1, 3);
    cursor.commit(cursor.read().samples.slice(0, 1));
    recorder.counter('c').add(2);
    recorder.unregister('c');
    recorder.unregister('f');
    expect(cursor.pending()).toBe(3);
    expect(drain(cursor)).toEqual(['c 2', 'f{a=x} 3', 'f{a=y} 3']);
    expect(cursor.pending()).toBe(0);
  });

  it('goes along with the same metric where it was registered again', () => {
    const { recorder } = told();
    const cursor = recorder.cursor();
    for (let i = 1; i <= 4; i++) {
      recorder.counter('c').add(i);
      recorder
        .timer('f', { tagNames: ['a'] })
        .with({ a: 'x' })
        .record(1, i);
      if (i === 4) break;
      recorder.unregister('c');
      recorder.unregister('f');
    }
    expect(drain(cursor)).toEqual(['c 10', 'f{a=x} 10']);
  });

  it.each(['counter', 'gauge', 'timer', 'histogram', 'text'] as const)(
    'comes first where the name is that of a %s now, and nothing is lost',
    (next) => {
      const { recorder } = told();
      const cursor = recorder.cursor();
      recorder.counter('m', { unit: 'requests' }).add(5);
      recorder.unregister('m');
      const now = call(recorder, next, 'm') as object;
      if ('add' in now) call(now, 'add', 7);
      else if ('record' in now) call(now, 'record', 1, 7);
      else call(now, 'set', '7');
      const names = cursor.read().samples.map(({ name }) => name);
      const waits = next !== 'gauge' && next !== 'text';
      expect(names).toEqual(waits ? ['m'] : ['m', 'm']);
      const all = new Set(drain(cursor));
      expect([...all]).toEqual(['m 5', 'm 7']);
    },
  );

  it('comes one after the other where the name was several things', () => {
    const { recorder } = told();
    const cursor = recorder.cursor();
    recorder.counter('m').add(1);
    recorder.unregister('m');
    recorder.timer('m').record(1, 2);
    recorder.unregister('m');
    recorder.histogram('m', { unit: 'bytes' }).record(1, 3);
    recorder.unregister('m');
    for (const value of [1, 2, 3]) {
      expect(read(cursor)).toEqual([`m ${value}`]);
      cursor.commit(cursor.read().samples);
    }
    expect([read(cursor), cursor.pending()]).toEqual([[], 0]);
  });

  it('is in the lines of a daemon that knows no tags', () => {
    const { recorder } = told();
    const cursor = recorder.cursor();
    for (const list of [
      ['x', 'y'],
      ['y', 'z'],
    ]) {
      const family = recorder.counter('f', { tagNames: ['a'] });
      for (const a of list) family.with({ a }).add();
      if (list[0] === 'x') recorder.unregister('f');
    }
    let sum = 0;
    const dropped: string[] = [];
    for (let i = 0; i < 3; i++) {
      for (const { body, parts } of statsd().encode(cursor.read(), (_, reason) => dropped.push(reason))) {
        for (const [, count] of String(body).matchAll(/^f:(\d+)\|c$/gm)) sum += Number(count);
        cursor.commit(parts);
      }
    }
    expect([sum, dropped]).toEqual([4, []]);
  });

  it('adds up where it is more than a cursor remembers one by one', () => {
    const { recorder } = told();
    const cursor = recorder.cursor();
    const family = recorder.counter('f', { tagNames: ['a'], maxSeries: 5000 });
    for (let a = 0; a < 5000; a++) family.with({ a }).add();
    recorder.unregister('f');
    expect(recorder.status().series).toBe(0);
    const sum = cursor.read().samples.reduce((all, { value }) => all + Number(value), 0);
    expect(sum).toBe(5000);
    expect(drain(cursor).length).toBeGreaterThan(0);
    expect(cursor.pending()).toBe(0);
  });

  it('is not remembered for good where names never come back', () => {
    const { recorder } = told();
    const cursor = recorder.cursor();
    for (let i = 0; i < 5000; i++) {
      recorder.counter(`c${i}`).add();
      recorder.unregister(`c${i}`);
    }
    expect(drain(cursor).length).toBeGreaterThanOrEqual(5000);
    expect(cursor.pending()).toBe(0);
  });
});

describe('threads', () => {
  it('that unregister a metric leave its counts, and free its name', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    worker.counter('m').add(5);
    worker.gauge('g').set(1);
    expect(fleet.totals).toEqual({ m: 5, g: 1 });
    worker.counter('m').add(2);
    expect(worker.unregister('m')).toBe(true);
    worker.histogram('m').record(1);
    worker.unregister('g');
    worker.text('g').set('x');
    expect(fleet.totals).toEqual({ m: 'H[1.0e+00]=1', g: 'x' });
    // All of it between two reads.
    worker.unregister('g');
    worker.counter('g').add(1);
    worker.unregister('g');
    worker
      .timer('g', { tagNames: ['a'] })
      .with({ a: 1 })
      .record(2);
    expect(fleet.totals).toEqual({ m: 'H[1.0e+00]=1', 'g{a=1}': 'H[2.0e+00]=1' });
    expect([fleet.warnings, fleet.recorder.status().refused.clash]).toEqual([[], 0]);
  });

  it('what one leaves when it unregisters is delivered', () => {
    const fleet = new Fleet();
    const cursor = (fleet.recorder as unknown as Recorder).cursor();
    const worker = fleet.worker();
    worker.counter('m').add(5);
    read(cursor);
    worker.unregister('m');
    worker.gauge('m').set(3);
    expect(new Set(drain(cursor))).toEqual(new Set(['m 5', 'm 3']));
  });

  it('that still record into what the host has unregistered are counted, until it registers the same', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    const { recorder } = fleet;
    recorder.counter('c');
    const counter = worker.counter('c');
    const handles = [worker.gauge('g'), worker.histogram('h'), worker.text('t')] as const;
    const series = worker.counter('f', { tagNames: ['a'] }).with({ a: 1 });
    const fill = (n: number): void => {
      counter.add(n);
      handles[0].set(n);
      handles[1].record(n);
      handles[2].set(String(n));
      series.add(n);
    };
    const all = ['c', 'g', 'h', 't', 'f'];
    fill(1);
    expect(Object.keys(fleet.totals)).toHaveLength(5);
    for (const name of all) expect(recorder.unregister(name)).toBe(true);
    for (const name of all) expect(recorder.unregister(name)).toBe(false);
    expect(fleet.totals).toEqual({});
    fill(2);
    expect(fleet.totals).toEqual({});
    expect(recorder.status().refused.unregistered).toBe(5);
    expect(fleet.warnings).toHaveLength(5);
    recorder.counter('c').add(100);
    recorder.gauge('g');
    recorder.histogram('h');
    recorder.text('t');
    recorder.counter('f', { tagNames: ['a'] });
    fill(3);
    expect(fleet.totals).toEqual({ c: 103, g: 3, h: 'H[3.0e+00]=1', t: '3', 'f{a=1}': 3 });
    expect(recorder.status().refused.unregistered).toBe(5);
    fleet.end(worker);
    expect(fleet.totals).toMatchObject({ c: 103, 'f{a=1}': 3 });
  });

  it('let the host have another kind under the name, and a new worker the old one', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    const counter = worker.counter('m');
    counter.add(1);
    expect(fleet.totals).toEqual({ m: 1 });
    expect(codeOf(() => fleet.recorder.gauge('m'))).toBe('name_clash');
    fleet.recorder.unregister('m');
    fleet.recorder.gauge('m').set(7);
    counter.add(1);
    expect(fleet.totals).toEqual({ m: 7 });
    expect(fleet.recorder.status().refused).toMatchObject({ unregistered: 1, clash: 0 });
    fleet.recorder.unregister('m');
    fleet.worker().counter('m').add(4);
    expect(fleet.totals).toEqual({ m: 4 });
    counter.add(1);
    expect(fleet.totals).toEqual({ m: 5 });
  });
});
