// Names, labels and families of Prometheus, and who gets a name that two would have.
import type { Recorder } from 'circmetrics';
import { type PrometheusScrape, prometheus } from 'circmetrics/prometheus';
import { describe, expect, it } from 'vitest';
import { samples, text } from './scraped.js';
import { newRecorder, shop } from './shop.js';

describe('names', () => {
  const nameOf = async (make: (recorder: Recorder) => void): Promise<string> => {
    const recorder = newRecorder();
    make(recorder);
    return (await samples(prometheus(recorder)))[0] ?? '';
  };

  it.each<[string, (recorder: Recorder) => void, string]>([
    ['have the unit, then _total', (r) => r.counter('read', { unit: 'bytes' }), 'read_bytes_total 0'],
    ['have neither twice', (r) => r.counter('read_bytes_total', { unit: 'bytes' }), 'read_bytes_total 0'],
    ['are not stuttered', (r) => r.counter('requests', { unit: 'requests' }), 'requests_total 0'],
    ['begin with their namespaces', (r) => r.namespace('a').namespace('b').gauge('c'), 'a_b_c 0'],
    ['are in ASCII', (r) => r.gauge('größe 😀-x:y'), 'gr__e___x_y 0'],
    ['begin with no digit', (r) => r.gauge('5xx'), '_5xx 0'],
    ['give way to taggedName', (r) => r.namespace('a').gauge('c', { taggedName: 'depth' }), 'depth 0'],
    ['have labels', (r) => r.gauge('c', { tags: { 'a-b': 1, '9': 2 } }), 'c{_9="2",a_b="1"} 0'],
    [
      'cannot be forged',
      (r) => r.gauge('c', { tags: { __name__: 'x', le: 1, quantile: 2 } }),
      'c{_name__="x",le_="1",quantile_="2"} 0',
    ],
    ['join what becomes one label', (r) => r.gauge('c', { tags: { 'a-b': 1, 'a.b': 2 } }), 'c{a_b="1,2"} 0'],
    ['leave empty labels out', (r) => r.gauge('c', { tags: { a: '', b: 'x' } }), 'c{b="x"} 0'],
    ['are Unicode in labels', (r) => r.gauge('c', { tags: { a: 'ü\ud800😀' } }), 'c{a="ü\ufffd😀"} 0'],
    [
      'of texts name their value',
      (r) => r.text('build_info', { tags: { build: 1 } }).set('x'),
      'build_info{build="1",build_="x"} 1',
    ],
  ])('%s', async (_, make, expected) => expect(await nameOf(make)).toBe(expected));

  it('that only counters should have make a gauge untyped, which linters take', async () => {
    const recorder = newRecorder();
    recorder.gauge('handles_total').set(3);
    recorder.gauge('size_total', { unit: 'bytes' }).set(4);
    const typed = async (format: 'text' | 'openmetrics'): Promise<readonly string[]> => {
      const all = await text(prometheus(recorder), { format });
      return all.split('\n').filter((line) => /^# TYPE|^\w/.test(line));
    };
    const bytes = ['# TYPE size_total_bytes gauge', 'size_total_bytes 4'];
    expect(await typed('text')).toEqual(['# TYPE handles_total untyped', 'handles_total 3', ...bytes]);
    expect(await typed('openmetrics')).toEqual(['# TYPE handles_total unknown', 'handles_total 3', ...bytes]);
  });

  it('leave out what stays out of tagged output, and what has no value', async () => {
    const recorder = newRecorder();
    recorder.gauge('hidden', { taggedName: false });
    recorder.gauge('absent').set(Number.NaN);
    recorder.text('never');
    recorder.gauge('present');
    const scrape = prometheus(recorder);
    expect(await text(scrape)).toBe('# HELP present present\n# TYPE present gauge\npresent 0\n');
    expect(scrape.status().leftOut).toEqual({ no_value: 2, collision: 0, suppressed: 1 });
  });
});

describe('families', () => {
  const typedLines = async (scrape: PrometheusScrape): Promise<string[]> =>
    (await text(scrape)).split('\n').filter((line) => line !== '' && !line.startsWith('# HELP'));
  const leftOut = async (recorder: Recorder): Promise<[string[], number]> => {
    const scrape = prometheus(recorder);
    return [await typedLines(scrape), scrape.status().leftOut.collision];
  };

  it('are in one piece, whichever metrics they are of', async () => {
    const recorder = newRecorder();
    recorder
      .namespace('a')
      .counter('b_c', { tags: { of: 'first' } })
      .add(1);
    recorder.gauge('between').set(2);
    recorder
      .namespace('a_b')
      .counter('c', { tags: { of: 'second' } })
      .add(3);
    expect(await leftOut(recorder)).toEqual([
      [
        '# TYPE between gauge',
        'between 2',
        '# TYPE a_b_c_total counter',
        'a_b_c_total{of="first"} 1',
        'a_b_c_total{of="second"} 3',
      ],
      0,
    ]);
  });

  it('drop the later of two series that become one', async () => {
    const recorder = newRecorder();
    recorder.gauge('a-b').set(1);
    recorder.gauge('a.b').set(2);
    const family = recorder.gauge('joined', { tagNames: ['x', 'x-y', 'x.y'] });
    family.with({ x: 1, 'x-y': 'p', 'x.y': '' }).set(3);
    family.with({ x: 1, 'x-y': '', 'x.y': 'p' }).set(4);
    family.with({ x: 2, 'x-y': '', 'x.y': 'p' }).set(5);
    expect(await leftOut(recorder)).toEqual([
      [
        '# TYPE joined gauge',
        'joined{x="1",x_y="p"} 3',
        'joined{x="2",x_y="p"} 5',
        '# TYPE a_b gauge',
        'a_b 1',
      ],
      2,
    ]);
  });

  it.each<[string, (recorder: Recorder) => unknown, (recorder: Recorder) => unknown]>([
    ['a gauge and a counter', (r) => r.gauge('a-b'), (r) => r.counter('a.b')],
    ["a counter and a gauge of its sample's name", (r) => r.counter('a'), (r) => r.gauge('a_total')],
    ['a histogram and a counter of its count', (r) => r.histogram('a'), (r) => r.counter('a_count')],
    ['a gauge and a histogram that would have its name', (r) => r.gauge('a_sum'), (r) => r.histogram('a')],
    ['a text and a gauge', (r) => r.text('a').set('x'), (r) => r.gauge('a_info')],
  ])('do not share names: %s', async (_, first, second) => {
    const recorder = newRecorder();
    first(recorder);
    const [before] = await leftOut(recorder);
    second(recorder);
    expect(await leftOut(recorder)).toEqual([before, 1]);
  });

  it('come and join while an endpoint lives', async () => {
    const recorder = newRecorder();
    const scrape = prometheus(recorder);
    const grown = recorder.gauge('x', { tagNames: ['n'] });
    recorder.gauge('a-b', { tags: { of: 'first' } });
    expect(await typedLines(scrape)).toEqual(['# TYPE a_b gauge', 'a_b{of="first"} 0']);
    // A metric whose first series comes later stands before others that were there.
    grown.with({ n: 1 });
    recorder.gauge('a.b', { tags: { of: 'second' } });
    expect(new Set(await typedLines(scrape))).toEqual(
      new Set([
        '# TYPE x gauge',
        'x{n="1"} 0',
        '# TYPE a_b gauge',
        'a_b{of="first"} 0',
        'a_b{of="second"} 0',
      ]),
    );
  });

  it('are written alone when asked for, by any of their names', async () => {
    const all = await text(prometheus(shop()));
    const requests = all.slice(0, all.indexOf('# HELP queue_depth'));
    expect(await text(prometheus(shop()), { names: ['http_requests_total'] })).toBe(requests);
    expect(await text(prometheus(shop()), { names: ['http_requests'] })).toBe(requests);
    expect(
      (await samples(prometheus(shop()), { names: ['latency_seconds_sum', 'queue_depth'] })).map((line) =>
        line.replace(/[ {].*/, ''),
      ),
    ).toEqual([
      'queue_depth',
      ...Array(5).fill('latency_seconds_bucket'),
      'latency_seconds_sum',
      'latency_seconds_count',
    ]);
    expect(await text(prometheus(shop()), { names: ['nobody'] })).toBe('');
  });
});
