import { LogLinearHistogram, MetricsError, Recorder, type Snapshot } from 'circmetrics';
import { type PrometheusOptions, prometheus, type RenderOptions } from 'circmetrics/prometheus';
import { describe, expect, it } from 'vitest';

/** 2023-11-14T22:13:10.5Z. */
const start = 1_699_999_990_500;
const newRecorder = (): Recorder => new Recorder({ clock: { now: () => start }, onWarning: () => {} });

async function text(
  recorder: Recorder,
  given: RenderOptions = {},
  options: PrometheusOptions = {},
): Promise<string> {
  let all = '';
  for await (const chunk of prometheus(recorder, options).render(given)) all += chunk;
  return all;
}

/** Only the lines of samples. */
async function samples(
  recorder: Recorder,
  given?: RenderOptions,
  options?: PrometheusOptions,
): Promise<string[]> {
  return (await text(recorder, given, options))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function shop(): Recorder {
  const recorder = newRecorder();
  recorder
    .namespace('http')
    .counter('requests', { help: 'Requests "served".', tagNames: ['method', 'path'] })
    .with({ method: 'GET', path: '/a "b"\\c\nd' })
    .add(42);
  recorder.gauge('queue.depth').set(-3.5);
  const latency = recorder.timer('latency', { buckets: [0, 0.011, 0.26, 1.3], tags: { zone: ['a', 'b'] } });
  for (const value of [0, 0.0101, 0.0109, 0.25]) latency.record(value);
  recorder
    .namespace('app')
    .text('build', { tags: { commit: 'f00' } })
    .set('v1.9 "x"\\');
  return recorder;
}

describe('a document', () => {
  it('is this in text 0.0.4', async () => {
    expect(await text(shop())).toBe(`# HELP http_requests_total Requests "served".
# TYPE http_requests_total counter
http_requests_total{method="GET",path="/a \\"b\\"\\\\c\\nd"} 42
# HELP queue_depth queue.depth
# TYPE queue_depth gauge
queue_depth -3.5
# HELP latency_seconds latency
# TYPE latency_seconds histogram
latency_seconds_bucket{zone="a,b",le="0.0"} 1
latency_seconds_bucket{zone="a,b",le="0.011"} 3
latency_seconds_bucket{zone="a,b",le="0.26"} 4
latency_seconds_bucket{zone="a,b",le="1.3"} 4
latency_seconds_bucket{zone="a,b",le="+Inf"} 4
latency_seconds_sum{zone="a,b"} 0.271
latency_seconds_count{zone="a,b"} 4
# HELP app_build_info app.build
# TYPE app_build_info gauge
app_build_info{commit="f00",build="v1.9 \\"x\\"\\\\"} 1
`);
  });

  it('is this in OpenMetrics 1.0', async () => {
    expect(await text(shop(), { format: 'openmetrics' })).toBe(`# TYPE http_requests counter
# HELP http_requests Requests \\"served\\".
http_requests_total{method="GET",path="/a \\"b\\"\\\\c\\nd"} 42
http_requests_created{method="GET",path="/a \\"b\\"\\\\c\\nd"} 1699999990.5
# TYPE queue_depth gauge
# HELP queue_depth queue.depth
queue_depth -3.5
# TYPE latency_seconds histogram
# UNIT latency_seconds seconds
# HELP latency_seconds latency
latency_seconds_bucket{zone="a,b",le="0.0"} 1
latency_seconds_bucket{zone="a,b",le="0.011"} 3
latency_seconds_bucket{zone="a,b",le="0.26"} 4
latency_seconds_bucket{zone="a,b",le="1.3"} 4
latency_seconds_bucket{zone="a,b",le="+Inf"} 4
latency_seconds_sum{zone="a,b"} 0.271
latency_seconds_count{zone="a,b"} 4
latency_seconds_created{zone="a,b"} 1699999990.5
# TYPE app_build info
# HELP app_build app.build
app_build_info{commit="f00",build="v1.9 \\"x\\"\\\\"} 1
# EOF
`);
  });

  it('of nothing is empty, or nothing but its end', async () => {
    expect(await text(newRecorder())).toBe('');
    expect(await text(newRecorder(), { format: 'openmetrics' })).toBe('# EOF\n');
  });

  it('is of one snapshot, though numbers go on', async () => {
    const recorder = newRecorder();
    const family = recorder.counter('calls', { tagNames: ['n'], maxSeries: 20_000 });
    for (let n = 0; n < 20_000; n++) family.with({ n });
    let all = '';
    let chunks = 0;
    for await (const chunk of prometheus(recorder).render()) {
      chunks++;
      all += chunk;
      for (let n = 0; n < 20_000; n++) family.with({ n }).add();
    }
    expect(chunks).toBeGreaterThan(3);
    expect(new Set(all.match(/ \d+$/gm))).toEqual(new Set([' 0']));
    expect(all.match(/^calls_total/gm)).toHaveLength(20_000);
  });

  it('tells a cleared counter by its new start', async () => {
    let now = start;
    const recorder = new Recorder({ clock: { now: () => now } });
    const calls = recorder.counter('calls');
    const scrape = prometheus(recorder);
    const created = async (): Promise<string> => {
      let all = '';
      for await (const chunk of scrape.render({ format: 'openmetrics' })) all += chunk;
      return /^calls_total (\d+)\ncalls_created (.+)$/m.exec(all)?.slice(1).join(' since ') ?? all;
    };
    calls.add(7);
    expect(await created()).toBe('7 since 1699999990.5');
    now += 1000;
    calls.clear();
    calls.add();
    expect(await created()).toBe('1 since 1699999991.5');
  });
});

describe('names', () => {
  const nameOf = async (make: (recorder: Recorder) => void): Promise<string> => {
    const recorder = newRecorder();
    make(recorder);
    return (await samples(recorder))[0] ?? '';
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
      let all = '';
      for await (const chunk of prometheus(recorder).render({ format })) all += chunk;
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
    let all = '';
    for await (const chunk of scrape.render()) all += chunk;
    expect(all).toBe('# HELP present present\n# TYPE present gauge\npresent 0\n');
    expect(scrape.status().leftOut).toEqual({ no_value: 2, collision: 0, suppressed: 1 });
  });
});

describe('families', () => {
  const leftOut = async (recorder: Recorder): Promise<[string[], number]> => {
    const scrape = prometheus(recorder);
    let all = '';
    for await (const chunk of scrape.render()) all += chunk;
    return [
      all.split('\n').filter((line) => line !== '' && !line.startsWith('# HELP')),
      scrape.status().leftOut.collision,
    ];
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
    const lines = async (): Promise<string[]> => {
      let all = '';
      for await (const chunk of scrape.render()) all += chunk;
      return all.split('\n').filter((line) => line !== '' && !line.startsWith('# HELP'));
    };
    const grown = recorder.gauge('x', { tagNames: ['n'] });
    recorder.gauge('a-b', { tags: { of: 'first' } });
    expect(await lines()).toEqual(['# TYPE a_b gauge', 'a_b{of="first"} 0']);
    // A metric whose first series comes later stands before others that were there.
    grown.with({ n: 1 });
    recorder.gauge('a.b', { tags: { of: 'second' } });
    expect(new Set(await lines())).toEqual(
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
    const all = await text(shop());
    const requests = all.slice(0, all.indexOf('# HELP queue_depth'));
    expect(await text(shop(), { names: ['http_requests_total'] })).toBe(requests);
    expect(await text(shop(), { names: ['http_requests'] })).toBe(requests);
    expect(
      (await samples(shop(), { names: ['latency_seconds_sum', 'queue_depth'] })).map((line) =>
        line.replace(/[ {].*/, ''),
      ),
    ).toEqual([
      'queue_depth',
      ...Array(5).fill('latency_seconds_bucket'),
      'latency_seconds_sum',
      'latency_seconds_count',
    ]);
    expect(await text(shop(), { names: ['nobody'] })).toBe('');
  });
});

describe('buckets', () => {
  const bounds = async (
    recorder: Recorder,
    given?: RenderOptions,
    options?: PrometheusOptions,
  ): Promise<string> => (await text(recorder, given, options)).match(/(?<=le=")[^"]+/g)?.join(' ') ?? '';

  it('are 1, 2.5 and 5 × 10^k over what is usual', async () => {
    const recorder = newRecorder();
    recorder.timer('latency');
    expect(await bounds(recorder)).toBe(
      '0.0001 0.00025 0.0005 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5 5.0 10.0 25.0 50.0 +Inf',
    );
  });

  it.each([
    ['milliseconds', '0.1 0.25', '25000.0 50000.0 +Inf'],
    ['bytes', '100.0 250.0', '2.5e+09 5e+09 +Inf'],
    ['kibibytes', '0.1 0.25', '2.5e+06 5e+06 +Inf'],
    ['ratio', '0.001 0.0025', '0.5 1.0 +Inf'],
    ['percent', '0.1 0.25', '50.0 100.0 +Inf'],
  ] as const)('are as wide as %s go', async (unit, from, to) => {
    const recorder = newRecorder();
    recorder.histogram('size', { unit });
    const all = await bounds(recorder);
    expect([all.slice(0, from.length), all.slice(-to.length)]).toEqual([from, to]);
  });

  it('are the metric’s, or else the render’s, or else the endpoint’s', async () => {
    const recorder = newRecorder();
    recorder.timer('latency');
    expect(await bounds(recorder, {}, { buckets: [1, 2] })).toBe('1.0 2.0 +Inf');
    expect(await bounds(recorder, { buckets: [3] }, { buckets: [1, 2] })).toBe('3.0 +Inf');
    const own = newRecorder();
    own.timer('latency', { buckets: [4] });
    expect(await bounds(own, { buckets: [3] }, { buckets: [1, 2] })).toBe('4.0 +Inf');
  });

  it('split no bin: a bound goes up to the next edge', async () => {
    const recorder = newRecorder();
    const histogram = recorder.histogram('size');
    for (const value of [-1.25, -1.2, 0, 1.2, 1.251, 1.3, 12.5]) histogram.record(value);
    const found = await samples(recorder, { buckets: [-1.25, -1.2, -1e-200, 1.25, 1.26, 13, 1e200] });
    expect(found.filter((line) => line.includes('le='))).toEqual([
      'size_bucket{le="-1.2"} 2',
      'size_bucket{le="0.0"} 3',
      'size_bucket{le="1.3"} 5',
      'size_bucket{le="13.0"} 7',
      'size_bucket{le="+Inf"} 7',
    ]);
  });

  it('have no sum in OpenMetrics where it may fall', async () => {
    const recorder = newRecorder();
    const histogram = recorder.histogram('size', { buckets: [-1, 1] });
    histogram.record(5);
    expect((await samples(recorder, { format: 'openmetrics' })).join()).not.toMatch(/_sum|_count/);
    expect(await samples(recorder)).toContain('size_sum 5');
    const positive = newRecorder();
    positive.histogram('size', { buckets: [1] }).record(-5);
    expect((await samples(positive, { format: 'openmetrics' })).join()).not.toMatch(/_sum|_count/);
  });

  it('can be quantiles instead', async () => {
    const recorder = newRecorder();
    const histogram = recorder.histogram('size');
    const empty = recorder.histogram('empty');
    expect(empty.histogram().count).toBe(0);
    for (let i = 1; i <= 100; i++) histogram.record(i);
    const exact = LogLinearHistogram.fromBytes(histogram.histogram().toBytes()).quantile([0.5, 1]);
    expect(await samples(recorder, { format: 'openmetrics' }, { quantiles: [0.5, 1] })).toEqual([
      `size{quantile="0.5"} ${exact[0]}`,
      `size{quantile="1.0"} ${exact[1]}`,
      'size_sum 5050',
      'size_count 100',
      'size_created 1699999990.5',
      'empty{quantile="0.5"} NaN',
      'empty{quantile="1.0"} NaN',
      'empty_sum 0',
      'empty_count 0',
      'empty_created 1699999990.5',
    ]);
  });
});

describe('values', () => {
  it('keep all digits', async () => {
    const recorder = newRecorder();
    recorder.gauge('tiny').set(5e-7);
    recorder.gauge('large').set(1e21);
    recorder.gauge('exact', { type: 'int64' }).set(-9_007_199_254_740_993n);
    recorder.counter('endless').add(Number.MAX_VALUE);
    recorder.counter('endless').add(Number.MAX_VALUE);
    expect(await samples(recorder)).toEqual([
      'tiny 5e-7',
      'large 1e+21',
      'exact -9007199254740993',
      'endless_total 1.7976931348623157e+308',
    ]);
  });
});

describe('what is constructed wrongly', () => {
  const recorder = newRecorder();
  const code = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      expect(error).toBeInstanceOf(MetricsError);
      return (error as MetricsError).code;
    }
    return 'nothing thrown';
  };

  it.each<[string, unknown]>([
    ['an option that is none', { bucket: [1] }],
    ['options that are none', 7],
    ['buckets that descend', { buckets: [2, 1] }],
    ['no buckets', { buckets: [] }],
    ['infinite buckets', { buckets: [1, Number.POSITIVE_INFINITY] }],
    ['a quantile beyond 1', { quantiles: [0.5, 99] }],
    ['access that is none', { access: true }],
    ['an option of access that is none', { access: { name: 'x' } }],
    ['a path without a slash', { access: { path: 'metrics' } }],
    ['a path with a query', { access: { path: '/metrics?x=1' } }],
    ['a user with a colon', { access: { user: 'a:b' } }],
    ['an empty password', { access: { password: '' } }],
    ['a token that no header can hold', { access: { token: 'a b' } }],
  ])('is refused: %s', (_, options) => {
    expect(code(() => prometheus(recorder, options as PrometheusOptions))).toBe('invalid_option');
  });

  it('is refused in a render as well, at once', () => {
    for (const options of [
      { format: 'xml' },
      { names: 'x' },
      { names: [1] },
      { buckets: ['1'] },
      { x: 1 },
      null,
    ]) {
      expect(code(() => prometheus(recorder).render(options as RenderOptions))).toBe('invalid_option');
    }
    expect(code(() => prometheus({} as { collect(): Promise<Snapshot> }))).toBe('invalid_option');
  });
});
