// The lines of StatsD and DogStatsD.
import { Recorder } from 'circmetrics';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { statsd } from 'circmetrics/statsd';
import { describe, expect, it } from 'vitest';
import { sample, written } from './written.js';

describe('StatsD', () => {
  it('writes deltas, gauges by way of zero, and summaries in milliseconds', () => {
    const { bodies, dropped } = written(statsd({ quantiles: [0.5] }), sample);
    expect(bodies).toEqual([
      [
        'app.http.requests:7|c',
        'app.queue.depth:0|g',
        'app.queue.depth:-3.5|g',
        'app.db.query.count:1|c',
        'app.db.query.sum:12.5|c',
        'app.db.query.min:12|g',
        'app.db.query.max:13|g',
        'app.db.query.mean:12.48|g',
        'app.db.query.p50:12.5|g',
        'app.wide:0|g',
        'app.wide:-9223372036854775808|g',
      ].join('\n'),
    ]);
    expect(dropped).toEqual({ version: 'unsupported' });
  });

  it('writes bins as timers where asked, and ends lines over TCP', () => {
    const { bodies } = written(
      statsd({ distributions: 'ms', protocol: 'tcp', prefix: 'x', tags: true }),
      (recorder) => {
        const timer = recorder.timer('t', { tags: { a: 'b c' } });
        timer.record(1.25, 300);
        timer.record(0);
        recorder.histogram('h').record(-5);
      },
    );
    expect(bodies).toEqual(['x.t:0|ms|#a:b_c\nx.t:1248|ms|@0.0033333333333333335|#a:b_c\n']);
  });

  it('makes one summary of a family, whatever its series became meanwhile, and drops it whole', () => {
    const fill = (recorder: Recorder): void => {
      const family = recorder.timer('t', { tagNames: ['route'] });
      for (let i = 1; i <= 4; i++) family.with({ route: i }).record(i / 100, i);
      family.with({ route: 'idle' });
    };
    const { bodies, dropped, payloads } = written(statsd({ quantiles: [0.5] }), fill);
    const merged = new LogLinearHistogram();
    for (let i = 1; i <= 4; i++) merged.record(i / 100, i);
    expect(bodies[0]?.split('\n').slice(0, 2)).toEqual(['t.count:10|c', 't.sum:300|c']);
    expect(bodies[0]).toContain(`t.p50:${merged.quantile(0.5) * 1000}|g`);
    expect(bodies[0]).toContain(`t.max:${Number((merged.max() * 1000).toPrecision(12))}|g`);
    expect([dropped, payloads.flatMap(({ parts }) => parts).length]).toEqual([{}, 5]);

    // What a series left that has ended comes after the others: it adds up where things add up.
    const recorder = new Recorder({ onWarning: () => {} });
    const family = recorder.timer('t', { tagNames: ['route'] });
    const cursor = recorder.cursor();
    for (const route of ['a', 'b', 'c']) family.with({ route }).record(0.01);
    recorder.counter('between').add();
    family.remove({ route: 'b' });
    const lines = [...statsd().encode(cursor.read(), () => {})].flatMap(({ body }) =>
      String(body).split('\n'),
    );
    expect(lines.filter((line) => line.startsWith('t.count'))).toEqual(['t.count:2|c', 't.count:1|c']);
    expect(lines.filter((line) => line.startsWith('t.max'))).toHaveLength(1);

    const tooLong: string[] = [];
    const long = recorder.timer('x'.repeat(1500), { tagNames: ['route'] });
    for (let i = 0; i < 3; i++) long.with({ route: i }).record(1);
    for (const _ of statsd().encode(cursor.read(), ({ series }, reason) => {
      tooLong.push(`${series.name.length} ${reason}`);
    }));
    expect(tooLong).toEqual(Array(3).fill('1500 too_large'));
  });

  it('adds up the counters of one family, and keeps its gauges apart', () => {
    const { bodies, dropped } = written(statsd(), (recorder) => {
      for (const a of ['x', 'y']) {
        recorder
          .counter('c', { tagNames: ['a'] })
          .with({ a })
          .add(2);
        recorder
          .gauge('g', { tagNames: ['a'] })
          .with({ a })
          .set(3);
      }
      recorder.counter('c-').add(1);
      recorder.counter('c:').add(1);
      recorder.counter('c_').add(1);
    });
    expect(bodies).toEqual(['c:2|c\nc:2|c\ng:3|g\nc-:1|c\nc_:1|c']);
    expect(dropped).toEqual({ g: 'collision', c_: 'collision' });
  });
});

describe('DogStatsD', () => {
  it('writes tags, absolute gauges, packed bins with whole weights, and times where asked', () => {
    const { bodies, dropped } = written(statsd({ dialect: 'dogstatsd', timestamps: true }), (recorder) => {
      sample(recorder);
      const latency = recorder.histogram('latency', { unit: 'seconds' });
      latency.record(0.01, 2);
      latency.record(0.25);
      latency.record(1.25, 300);
      latency.record(0);
    });
    expect(bodies).toEqual([
      [
        'app.http.requests:7|c|#method:GET|T1700000000',
        'app.queue.depth:-3.5|g|T1700000000',
        'app.db.query:12.48|d',
        'app.wide:-9223372036854775808|g|T1700000000',
        'latency:0:0.2549|d',
        'latency:0.01048|d|@0.5',
        'latency:1.248|d|@0.00333',
      ].join('\n'),
    ]);
    expect(dropped).toEqual({ version: 'unsupported' });
  });

  it('weighs by rates whose reciprocal has the count as its integer part', () => {
    const counts = [
      1,
      2,
      3,
      7,
      49,
      93,
      99,
      103,
      105,
      107,
      300,
      999,
      65_537,
      1e6,
      123_456_789,
      2 ** 31,
      2 ** 40 + 1,
      2 ** 53,
    ];
    for (let i = 2; i < 3000; i++) counts.push(i);
    const { bodies } = written(
      statsd({ dialect: 'dogstatsd', distributions: 'h', maxPacketBytes: 65_507 }),
      (recorder) => {
        const family = recorder.histogram('h', { tagNames: ['n'], maxSeries: 4000 });
        for (const n of new Set(counts)) family.with({ n }).record(1, n);
      },
    );
    const lines = bodies.flatMap((body) => body.split('\n'));
    expect(lines).toHaveLength(new Set(counts).size);
    for (const line of lines) {
      const [, rate = '1', n] = /^h:1\.048\|h(?:\|@([\d.]+))?\|#n:(\d+)$/.exec(line) ?? [];
      expect(Math.floor(1 / Number(rate))).toBe(Number(n));
    }
  });

  it('makes names and tags legal', () => {
    const { bodies, dropped } = written(statsd({ dialect: 'dogstatsd' }), (recorder) => {
      const tags = {
        'a:b': 'c,d|e\nf',
        '1st': 'x:',
        empty: '',
        'dd.internal.entity_id': 'pod',
        ü: '☃\ud800',
      };
      recorder.counter('2xx é', { tags }).add();
      recorder.counter('x'.repeat(201)).add();
      recorder.counter('t', { tags: { a: 'v'.repeat(201) } }).add();
      recorder.counter('low', { tags: { a: 'B' } }).add();
      recorder.namespace('n').counter('x').add();
    });
    expect(bodies).toEqual([
      'm_2xx__:1|c|#m_1st:x_,a_b:c_d_e_f,dd_internal_entity_id:pod,empty,ü:__\nlow:1|c|#a:B\nn.x:1|c',
    ]);
    expect(dropped).toEqual({ ['x'.repeat(201)]: 'name_too_long', t: 'tag_too_long' });
  });
});
