// Whole documents of Prometheus, and what cannot be one.
import { Recorder, type Snapshot } from 'circmetrics';
import { type PrometheusOptions, prometheus, type RenderOptions } from 'circmetrics/prometheus';
import { describe, expect, it } from 'vitest';
import { codeOf } from './refusals.js';
import { samples, text } from './scraped.js';
import { newRecorder, shop, start } from './shop.js';

describe('a document', () => {
  it('is this in text 0.0.4', async () => {
    expect(await text(prometheus(shop()))).toBe(`# HELP http_requests_total Requests "served".
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
    expect(await text(prometheus(shop()), { format: 'openmetrics' })).toBe(`# TYPE http_requests counter
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
    expect(await text(prometheus(newRecorder()))).toBe('');
    expect(await text(prometheus(newRecorder()), { format: 'openmetrics' })).toBe('# EOF\n');
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
      const all = await text(scrape, { format: 'openmetrics' });
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

describe('values', () => {
  it('keep all digits', async () => {
    const recorder = newRecorder();
    recorder.gauge('tiny').set(5e-7);
    recorder.gauge('large').set(1e21);
    recorder.gauge('exact', { type: 'int64' }).set(-9_007_199_254_740_993n);
    recorder.counter('endless').add(Number.MAX_VALUE);
    recorder.counter('endless').add(Number.MAX_VALUE);
    expect(await samples(prometheus(recorder))).toEqual([
      'tiny 5e-7',
      'large 1e+21',
      'exact -9007199254740993',
      'endless_total 1.7976931348623157e+308',
    ]);
  });
});

describe('what is constructed wrongly', () => {
  const recorder = newRecorder();

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
    expect(codeOf(() => prometheus(recorder, options as PrometheusOptions))).toBe('invalid_option');
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
      expect(codeOf(() => prometheus(recorder).render(options as RenderOptions))).toBe('invalid_option');
    }
    expect(codeOf(() => prometheus({} as { collect(): Promise<Snapshot> }))).toBe('invalid_option');
  });
});
