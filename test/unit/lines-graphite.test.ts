// The lines of Graphite.
import type { Recorder } from 'circmetrics';
import { graphite } from 'circmetrics/graphite';
import { describe, expect, it } from 'vitest';
import { sample, written } from './written.js';

describe('Graphite', () => {
  const fill = (recorder: Recorder): void => {
    sample(recorder);
    recorder.histogram('h').record(1, 3);
  };

  it('writes tagged points with all statistics', () => {
    const { bodies, dropped } = written(graphite({ statistics: ['count', 'sum', 'max', 0.5, 0.999] }), fill);
    expect(bodies).toEqual([
      [
        'app.http.requests;method=GET 7 1700000000',
        'app.queue.depth -3.5 1700000000',
        'app.db.query.count 1 1700000000',
        'app.db.query.sum 0.0125 1700000000',
        'app.db.query.max 0.013 1700000000',
        'app.db.query.p50 0.0125 1700000000',
        'app.db.query.p999 0.0125 1700000000',
        'app.idle 0 1700000000',
        'app.wide -9223372036854775808 1700000000',
        'h.count 3 1700000000',
        'h.sum 3 1700000000',
        'h.max 1.1 1700000000',
        'h.p50 1.05 1700000000',
        'h.p999 1.075 1700000000',
        '',
      ].join('\n'),
    ]);
    expect(dropped).toEqual({ version: 'unsupported' });
  });

  it('writes hierarchical paths, and the ones of the host', () => {
    const family = (recorder: Recorder): void => {
      recorder.counter('a.b', { tags: { route: '/x.y', empty: '' } }).add();
    };
    expect(written(graphite({ naming: 'hierarchical', prefix: 'web1' }), family).bodies).toEqual([
      'web1.a.b.empty._.route._x_y 1 1700000000\n',
    ]);
    expect(
      written(graphite({ naming: ({ name, tags }) => `${name}.${tags[1]?.[1]}/..` }), family).bodies,
    ).toEqual(['a.b._x.y_._._ 1 1700000000\n']);
    const thrower = graphite({
      naming: () => {
        throw new Error('no');
      },
    });
    expect(written(thrower, family).dropped).toEqual({ 'a.b': 'no_name' });
  });

  it('makes names and tags legal', () => {
    const tags = { name: 'n', 'k;=! ^': '~a b;c"}', empty: '', two: ['x', 'y'], '{ü': '\ud800\u2028' };
    const { bodies, dropped } = written(graphite(), (recorder) => {
      recorder.counter('a/b {"c"}\n..d', { tags }).add();
      recorder.counter('x'.repeat(241)).add();
      recorder.counter('long', { tags: { a: 'v'.repeat(17_000) } }).add();
      recorder.counter('c:').add();
      recorder.counter('c;').add();
    });
    expect(bodies).toEqual([
      'a_b___c___._.d;empty=_;k_____=_a_b_c__;name_=n;two=x,y;__=__ 1 1700000000\nc_ 1 1700000000\n',
    ]);
    expect(dropped).toEqual({ ['x'.repeat(241)]: 'name_too_long', long: 'name_too_long', 'c;': 'collision' });
  });

  it('sends nothing for an empty interval of deltas, unless asked', () => {
    const idle = (recorder: Recorder): void => {
      recorder.counter('c');
      recorder.histogram('h');
    };
    const { bodies, dropped } = written(graphite({ temporality: 'delta' }), idle);
    expect({ bodies, dropped }).toEqual({ bodies: [], dropped: {} });
    const asked = graphite({ temporality: 'delta', sendEmpty: true, statistics: ['count', 'mean'] });
    expect(written(asked, idle).bodies).toEqual(['c 0 1700000000\nh.count 0 1700000000\n']);
  });
});

describe('differences that belong together', () => {
  const fill = (recorder: Recorder): void => {
    for (let n = 0; n < 20; n++)
      recorder
        .histogram('h', { tagNames: ['n'] })
        .with({ n })
        .record(n, 3);
  };
  const lines = (limit: number) =>
    written(graphite({ temporality: 'delta', maxPayloadBytes: limit }), fill).bodies.map((body) =>
      body.trim().split('\n'),
    );

  it('are in one payload: all statistics of a sample, because the sample is delivered with the first', () => {
    const payloads = lines(700);
    expect(payloads.length).toBeGreaterThan(5);
    for (const payload of payloads) {
      const of = (statistic: string): string[] =>
        payload.flatMap((line) => line.match(`^h\\.${statistic};n=(\\d+)`)?.[1] ?? []);
      for (const statistic of ['sum', 'max', 'p999']) expect(of(statistic)).toEqual(of('count'));
    }
  });

  it('are the count and the sum at least, where not all fit', () => {
    for (const payload of lines(100)) {
      const counts = payload.filter((line) => line.startsWith('h.count'));
      expect(payload.filter((line) => line.startsWith('h.sum'))).toHaveLength(counts.length);
    }
  });

  it('are one by one where not even the count and the sum fit together', () => {
    // A line has 85 bytes or more, two of them have more than the limit.
    const payloads = written(graphite({ temporality: 'delta', maxPayloadBytes: 130 }), (recorder) =>
      recorder.histogram('h', { tags: { t: 'x'.repeat(60) } }).record(1, 3),
    );
    const lines = payloads.bodies.map((body) => body.trim().split('\n'));
    expect(lines.every(({ length }) => length === 1)).toBe(true);
    expect(lines.flat().map((line) => /^h\.(\w+)/.exec(line)?.[1])).toEqual([
      ...['count', 'sum', 'min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99', 'p999'],
    ]);
    expect(payloads.dropped).toEqual({});
  });
});

describe('a payload', () => {
  const fill = (recorder: Recorder): void => recorder.histogram(`${'h'.repeat(40)}é`).record(1, 3);
  const statistics = ['count', 'sum'] as const;
  const of = (maxPayloadBytes: number) =>
    written(graphite({ temporality: 'delta', statistics, maxPayloadBytes }), fill);

  it('holds lines that together are exactly as long as the limit, in bytes', () => {
    const [whole = ''] = of(1000).bodies;
    const bytes = Buffer.byteLength(whole);
    expect(bytes).toBe(whole.length + 2);
    expect(of(bytes).bodies).toEqual([whole]);
    const lines = whole.trim().split('\n');
    expect(of(bytes - 1).bodies).toEqual(lines.map((line) => `${line}\n`));
  });

  it('is no longer than the limit, whatever letters names have', () => {
    const { bodies } = written(graphite({ maxPayloadBytes: 200 }), (recorder) => {
      for (let i = 0; i < 50; i++) recorder.counter(`${'é'.repeat(i)}_${i}`).add();
    });
    expect(bodies.join('').split('\n')).toHaveLength(51);
    for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(200);
  });
});

it('quantiles may stand in any order, which is that of the lines', () => {
  const fill = (recorder: Recorder): void => {
    for (let n = 1; n <= 100; n++) recorder.histogram('h').record(n);
  };
  const { bodies } = written(graphite({ statistics: [0.9, 'max', 0.5, 'min'] }), fill);
  const lines = bodies.join('').trim().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['h.p90', 'h.max', 'h.p50', 'h.min']);
  const values = lines.map((line) => Number(line.split(' ')[1]));
  expect(values.map((value) => Math.round(value / 10))).toEqual([9, 11, 5, 0]);
});
