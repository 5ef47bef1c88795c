import { type Backend, MetricsError, Recorder } from 'circmetrics';
import { graphite } from 'circmetrics/graphite';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { statsd } from 'circmetrics/statsd';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const at = 1_700_000_000_123;

function recorderOf(fill: (recorder: Recorder) => void): Recorder {
  const recorder = new Recorder({ clock: { now: () => at }, onWarning: () => {} });
  fill(recorder);
  return recorder;
}

/** What a backend writes of all that was recorded, and why it leaves out what it leaves out. */
function written(backend: Backend, fill: (recorder: Recorder) => void) {
  const recorder = recorderOf(fill);
  const snapshot = backend.temporality === 'delta' ? recorder.cursor().read() : recorder.snapshot();
  const dropped: Record<string, string> = {};
  const payloads = [
    ...backend.encode(snapshot, ({ series }, reason) => {
      dropped[series.name] = reason;
    }),
  ];
  return { bodies: payloads.map(({ body }) => String(body)), dropped, payloads, snapshot };
}

const sample = (recorder: Recorder): void => {
  const app = recorder.namespace('app');
  app.counter('http.requests', { tags: { method: 'GET' } }).add(7);
  app.gauge('queue.depth').set(-3.5);
  app.timer('db.query').record(0.0125);
  app.text('version').set('v1.9.2');
  app.gauge('none').set(Number.NaN);
  app.counter('idle');
  app.gauge('wide', { type: 'int64' }).set(-(2n ** 63n));
};

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
    expect(written(graphite({ temporality: 'delta' }), idle)).toMatchObject({ bodies: [], dropped: {} });
    const asked = graphite({ temporality: 'delta', sendEmpty: true, statistics: ['count', 'mean'] });
    expect(written(asked, idle).bodies).toEqual(['c 0 1700000000\nh.count 0 1700000000\n']);
  });
});

describe('line protocols', () => {
  it.each([
    ['statsd', () => statsd({ distributions: 'ms' })],
    ['statsd, 100 bytes', () => statsd({ maxPacketBytes: 100 })],
    ['dogstatsd', () => statsd({ dialect: 'dogstatsd' })],
    ['dogstatsd, 200 bytes', () => statsd({ dialect: 'dogstatsd', maxPacketBytes: 200 })],
    ['graphite, delta', () => graphite({ temporality: 'delta', maxPayloadBytes: 300 })],
    ['graphite', () => graphite()],
  ])('%s carries or drops every sample, within the limit', (_, make) => {
    const { bodies, payloads, snapshot, dropped } = written(make(), (recorder) => {
      sample(recorder);
      const histogram = recorder.histogram('h', { tags: { some: 'tag', of: 'ü' } });
      for (let i = 1; i < 1000; i++) histogram.record(i ** 2, i % 7);
    });
    for (const body of bodies) {
      const limit = Number(
        /\d+ bytes/.exec(_)?.[0].split(' ')[0] ?? (_.startsWith('graphite, d') ? 300 : 65_536),
      );
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(limit);
    }
    const carried = new Map<string, number>();
    for (const { series, value } of payloads.flatMap(({ parts }) => parts)) {
      const count = value instanceof LogLinearHistogram ? value.count : Number(value ?? 0);
      carried.set(series.name, (carried.get(series.name) ?? 0) + count);
    }
    for (const { name, value } of snapshot) {
      if (name in dropped) continue;
      expect(carried.get(name)).toBe(value instanceof LogLinearHistogram ? value.count : Number(value ?? 0));
    }
  });

  it('refuses bad options', () => {
    const bad: readonly unknown[] = [
      null,
      7,
      { port: 0 },
      { port: 65_536 },
      { host: '' },
      { prot: 'udp' },
      { protocol: 'http' },
      { maxPacketBytes: 63 },
      { dialect: 'x' },
      { distributions: 'd' },
      { timestamps: true },
      { quantiles: [0] },
    ];
    for (const options of bad) expect(() => statsd(options as never)).toThrow(MetricsError);
    for (const options of [
      null,
      { naming: 'x' },
      { statistics: [] },
      { statistics: ['p50'] },
      { temporality: 'x' },
    ]) {
      expect(() => graphite(options as never)).toThrow(MetricsError);
    }
  });
});

describe('what the host writes', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom(
        '.',
        ';',
        '=',
        ':',
        '|',
        '@',
        '#',
        ',',
        ' ',
        '\n',
        '~',
        '{',
        '"',
        '}',
        '\ud800',
        'é',
        'a',
      ),
      minLength: 1,
      maxLength: 12,
    }),
  );
  const metrics = fc.array(
    fc.tuple(hostile, fc.array(fc.tuple(hostile, fc.oneof(hostile, fc.constant(''))))),
    {
      maxLength: 6,
    },
  );
  const statsdLine = /^[\w.-]+:-?\d+(\.\d+)?(e[+-]\d+)?\|(c|g)(\|#[^|,\n]+(,[^|,\n]+)*)?$/u;
  const graphiteLine =
    /^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*(;[!-<>-~]+=[^;~\s\p{C}][^;\s\p{C}]*)* -?\d+(\.\d+)? \d+$/u;

  it.each([
    ['statsd', () => statsd({ maxPacketBytes: 512 }), statsdLine],
    ['statsd with tags', () => statsd({ tags: true }), statsdLine],
    ['graphite', () => graphite(), graphiteLine],
    ['graphite, hierarchical', () => graphite({ naming: 'hierarchical', prefix: 'é;' }), graphiteLine],
  ] as const)('forges no line, name or tag of %s', (_, make, grammar) => {
    fc.assert(
      fc.property(metrics, (all) => {
        const { bodies, payloads, dropped, snapshot } = written(make(), (recorder) => {
          for (const [name, tags] of all) {
            try {
              recorder.gauge(name, { tags: Object.fromEntries(tags) }).set(-1.5);
            } catch {
              // The name is taken.
            }
          }
        });
        const lines = bodies.flatMap((body) => body.split('\n').filter((line) => line !== ''));
        for (const line of lines) expect(line).toMatch(grammar);
        const parts = payloads.flatMap((payload) => payload.parts);
        expect(parts.length + Object.keys(dropped).length).toBe(snapshot.samples.length);
        const zeros = _.startsWith('statsd') ? parts.length : 0;
        expect(lines.length).toBe(parts.length + zeros);
      }),
      { seed: Number(process.env['FUZZ_SEED'] ?? 3), numRuns: 400 },
    );
  });
});
