// What Prometheus is told of a histogram: buckets, sums, or quantiles.
import { LogLinearHistogram, type Recorder } from 'circmetrics';
import { type PrometheusOptions, prometheus, type RenderOptions } from 'circmetrics/prometheus';
import { describe, expect, it } from 'vitest';
import { samples, text } from './scraped.js';
import { newRecorder } from './shop.js';

describe('buckets', () => {
  const bounds = async (
    recorder: Recorder,
    given?: RenderOptions,
    options?: PrometheusOptions,
  ): Promise<string> =>
    (await text(prometheus(recorder, options), given)).match(/(?<=le=")[^"]+/g)?.join(' ') ?? '';

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
    const found = await samples(prometheus(recorder), {
      buckets: [-1.25, -1.2, -1e-200, 1.25, 1.26, 13, 1e200],
    });
    expect(found.filter((line) => line.includes('le='))).toEqual([
      'size_bucket{le="-1.2"} 2',
      'size_bucket{le="0.0"} 3',
      'size_bucket{le="1.3"} 6',
      'size_bucket{le="13.0"} 7',
      'size_bucket{le="+Inf"} 7',
    ]);
  });

  it('have no sum in OpenMetrics where it may fall', async () => {
    const recorder = newRecorder();
    const histogram = recorder.histogram('size', { buckets: [-1, 1] });
    histogram.record(5);
    expect((await samples(prometheus(recorder), { format: 'openmetrics' })).join()).not.toMatch(
      /_sum|_count/,
    );
    expect(await samples(prometheus(recorder))).toContain('size_sum 5');
    const positive = newRecorder();
    positive.histogram('size', { buckets: [1] }).record(-5);
    expect((await samples(prometheus(positive), { format: 'openmetrics' })).join()).not.toMatch(
      /_sum|_count/,
    );
  });

  it('can be quantiles instead', async () => {
    const recorder = newRecorder();
    const histogram = recorder.histogram('size');
    const empty = recorder.histogram('empty');
    expect(empty.histogram().count).toBe(0);
    for (let i = 1; i <= 100; i++) histogram.record(i);
    const exact = LogLinearHistogram.fromBytes(histogram.histogram().toBytes()).quantile([0.5, 1]);
    expect(await samples(prometheus(recorder, { quantiles: [0.5, 1] }), { format: 'openmetrics' })).toEqual([
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
