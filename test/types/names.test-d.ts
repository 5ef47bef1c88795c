// The names that programs outside this repository use: all of them, as they use them. It has to compile.
import {
  type Backend,
  type Counter,
  type Cursor,
  type Family,
  type Flusher,
  type FlusherStatus,
  type FlushReport,
  type Gauge,
  type Histogram,
  LogLinearHistogram,
  MetricsError,
  type MetricsErrorCode,
  type Namespace,
  Recorder,
  type RecorderStatus,
  type Sample,
  type SampleValue,
  type Series,
  type Snapshot,
  type Text,
  type Timer,
  type UnitInfo,
  unitInfo,
} from 'circmetrics';
import { circonus, type TrapReply, toJson } from 'circmetrics/circonus';
import {
  type Bin,
  binEdge,
  binMidpoint,
  binName,
  binOf,
  binOfScaled,
  binWidth,
  type LogLinearHistogram as Same,
} from 'circmetrics/histogram';
import { attach, type Shared, share } from 'circmetrics/node';
import { expectTypeOf, test } from 'vitest';

const url = 'https://broker.example:43191/module/httptrap/uuid/secret';

test('recording', () => {
  const recorder = new Recorder({
    tags: { app: 'shop', zones: ['a', 'b'], shard: 3, canary: false },
    clock: { now: () => 0, monotonic: () => 0 },
    enabled: true,
    ownMetrics: true,
    onWarning: (message, cause) => console.warn(message, cause),
  });
  expectTypeOf(recorder).toExtend<Namespace>();

  const api = recorder.namespace('api', { tags: { subsystem: 'api' } });
  expectTypeOf(api).toEqualTypeOf<Namespace>();
  expectTypeOf(api.addTag('region', 'eu').replaceTag('region', 'us')).toEqualTypeOf<Namespace>();
  expectTypeOf(api.onCollect(() => {})).toEqualTypeOf<() => void>();
  api.onCollect(async () => {});

  const calls = api.counter('calls', { unit: 'requests', help: 'Requests served.' });
  expectTypeOf(calls).toEqualTypeOf<Counter>();
  calls.add();
  calls.add(2);
  calls.clear();
  expectTypeOf(calls.value).toEqualTypeOf<number>();

  const depth = api.gauge('depth');
  expectTypeOf(depth).toEqualTypeOf<Gauge<number>>();
  depth.set(3);
  depth.add(-1);
  expectTypeOf(depth.value).toEqualTypeOf<number | null>();
  api.gauge('heap', { unit: 'bytes', observe: () => process.memoryUsage().heapUsed });
  api.gauge('lag', { observe: async () => 1 });

  const latency = api.timer('latency', { buckets: [0.01, 0.1, 1] });
  expectTypeOf(latency).toEqualTypeOf<Timer>();
  expectTypeOf(latency).toExtend<Histogram>();
  latency.record(0.0125);
  latency.recordScaled(12_500_000n, -9);
  latency.recordScaled(125, -4, 2);
  expectTypeOf(latency.active).toEqualTypeOf<number>();
  const stop = latency.start();
  expectTypeOf(stop).toEqualTypeOf<() => number>();
  {
    using _ = latency.measure();
  }
  expectTypeOf(latency.histogram()).toEqualTypeOf<LogLinearHistogram>();

  const sizes = api.histogram('size', { unit: 'bytes', taggedName: 'sizes', tags: { of: ['body', 'head'] } });
  expectTypeOf(sizes).toEqualTypeOf<Histogram>();
  sizes.record(512);
  sizes.record(512, 3);

  const version = api.text('version', { taggedName: false });
  expectTypeOf(version).toEqualTypeOf<Text>();
  version.set('v1.9.2');
  expectTypeOf(version.value).toEqualTypeOf<string | null>();
  api.text('host', { observe: () => 'web1' });

  const byRoute = api.counter('requests', { tagNames: ['route', 'status'] });
  expectTypeOf(byRoute).toEqualTypeOf<Family<Counter, 'route' | 'status'>>();
  expectTypeOf(byRoute.with({ route: '/a', status: 200 })).toEqualTypeOf<Counter>();
});

test('reading', async () => {
  const recorder = new Recorder();
  const snapshot = recorder.snapshot();
  expectTypeOf(snapshot).toEqualTypeOf<Snapshot>();
  expectTypeOf(recorder.collect()).toEqualTypeOf<Promise<Snapshot>>();
  await recorder.collect({ timeout: 500 });
  expectTypeOf(snapshot.at).toEqualTypeOf<number>();
  expectTypeOf(snapshot.start).toEqualTypeOf<number>();
  expectTypeOf(snapshot.temporality).toEqualTypeOf<'cumulative' | 'delta'>();
  expectTypeOf(snapshot.namespaces).toEqualTypeOf<readonly (readonly string[])[]>();
  expectTypeOf(snapshot.samples).toEqualTypeOf<readonly Sample[]>();
  for (const sample of snapshot) {
    expectTypeOf(sample.series).toEqualTypeOf<Series>();
    expectTypeOf(sample.kind).toEqualTypeOf<'counter' | 'gauge' | 'text' | 'histogram'>();
    expectTypeOf(sample.path).toEqualTypeOf<readonly string[]>();
    expectTypeOf(sample.name).toEqualTypeOf<string>();
    expectTypeOf(sample.tags).toEqualTypeOf<readonly (readonly [category: string, value: string])[]>();
    expectTypeOf(sample.type).toEqualTypeOf<'int32' | 'uint32' | 'int64' | 'uint64' | 'double' | undefined>();
    expectTypeOf(sample.help).toEqualTypeOf<string | undefined>();
    expectTypeOf(sample.taggedName).toEqualTypeOf<string | false | undefined>();
    expectTypeOf(sample.start).toEqualTypeOf<number>();
    expectTypeOf(sample.value).toEqualTypeOf<SampleValue>();
    expectTypeOf(sample.value).toEqualTypeOf<number | bigint | string | LogLinearHistogram | null>();
  }
  const cursor = recorder.cursor();
  expectTypeOf(cursor).toEqualTypeOf<Cursor>();
  // A sample is a part.
  cursor.commit(cursor.read().samples);
  cursor.close();
  expectTypeOf(recorder.status()).toEqualTypeOf<RecorderStatus>();
});

test('flushing', async () => {
  await using recorder = new Recorder();
  expectTypeOf(circonus({ url })).toEqualTypeOf<Backend>();
  const backend = circonus({
    url: new URL(url),
    temporality: 'delta',
    ca: ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'],
    headers: { 'x-team': 'shop' },
    maxPayloadBytes: 65_536,
  });
  await using flusher = recorder.flushTo(backend, { every: 10_000, timeout: 5_000, onUnknown: 'resend' });
  expectTypeOf(flusher).toEqualTypeOf<Flusher>();
  expectTypeOf(flusher.flush()).toEqualTypeOf<Promise<FlushReport>>();
  expectTypeOf(flusher.status()).toEqualTypeOf<FlusherStatus>();
  expectTypeOf((flusher.status().reply as TrapReply).stats).toEqualTypeOf<number | undefined>();
  expectTypeOf(flusher.close()).toEqualTypeOf<Promise<FlushReport>>();
  expectTypeOf(recorder.close()).toEqualTypeOf<Promise<void>>();
  expectTypeOf(toJson(recorder.snapshot(), { tagged: true, simple: false })).toEqualTypeOf<string>();
});

test('histograms', () => {
  expectTypeOf<Same>().toEqualTypeOf<LogLinearHistogram>();
  const histogram = new LogLinearHistogram();
  histogram.record(1.5);
  histogram.record(1.5, 2);
  histogram.recordScaled(15n, -1, 2);
  histogram.remove(1.5, 1);
  expectTypeOf(histogram.count).toEqualTypeOf<number>();
  for (const statistic of [histogram.sum(), histogram.mean(), histogram.stddev(), histogram.moment(3)])
    expectTypeOf(statistic).toEqualTypeOf<number>();
  expectTypeOf(histogram.recordedSum).toEqualTypeOf<number | undefined>();
  expectTypeOf(histogram.quantile(0.99)).toEqualTypeOf<number>();
  expectTypeOf(histogram.quantile([0.5, 0.99], { type: 7 })).toEqualTypeOf<number[]>();
  expectTypeOf(histogram.inverseQuantile(1)).toEqualTypeOf<number>();
  expectTypeOf(histogram.countBelow(1, { inclusive: true })).toEqualTypeOf<number>();
  expectTypeOf(histogram.countAbove(1, { inclusive: false })).toEqualTypeOf<number>();
  expectTypeOf(histogram.countNear(1)).toEqualTypeOf<number>();
  histogram.merge(new LogLinearHistogram());
  expectTypeOf(histogram.subtract(new LogLinearHistogram())).toEqualTypeOf<boolean>();
  expectTypeOf(histogram.clamp(0, 10).compress(2)).toExtend<LogLinearHistogram>();
  histogram.downsample(0.5, () => 0.1);
  expectTypeOf(histogram.clone()).toEqualTypeOf<LogLinearHistogram>();
  histogram.clear();
  for (const { val, exp, edge, count } of histogram.bins())
    expectTypeOf([val, exp, edge, count]).toEqualTypeOf<number[]>();
  expectTypeOf(histogram.toBytes()).toExtend<Uint8Array>();
  expectTypeOf(histogram.toBase64()).toEqualTypeOf<string>();
  expectTypeOf(histogram.toStrings()).toEqualTypeOf<string[]>();
  expectTypeOf(histogram.toString({ width: 40 })).toEqualTypeOf<string>();
  expectTypeOf(LogLinearHistogram.fromBytes(histogram.toBytes())).toEqualTypeOf<LogLinearHistogram>();
  expectTypeOf(LogLinearHistogram.fromBase64('')).toEqualTypeOf<LogLinearHistogram>();
  expectTypeOf(LogLinearHistogram.fromStrings(['H[1.0e+00]=1'])).toEqualTypeOf<LogLinearHistogram>();
  expectTypeOf(LogLinearHistogram.fromBuckets).returns.toEqualTypeOf<LogLinearHistogram>();

  const bin = binOf(12);
  expectTypeOf(bin).toEqualTypeOf<Bin | undefined>();
  expectTypeOf(binOfScaled(12n, -3)).toEqualTypeOf<Bin | undefined>();
  if (bin !== undefined) {
    for (const number of [binEdge(bin), binWidth(bin), binMidpoint(bin), bin.val, bin.exp])
      expectTypeOf(number).toEqualTypeOf<number>();
    expectTypeOf(binName(bin)).toEqualTypeOf<string>();
  }
});

test('errors and units', () => {
  const error = new MetricsError('name_clash', 'Taken.');
  expectTypeOf(error).toExtend<Error>();
  expectTypeOf(error.code).toEqualTypeOf<MetricsErrorCode>();
  expectTypeOf(unitInfo('milliseconds')).toEqualTypeOf<UnitInfo | undefined>();
});

test('threads', () => {
  const recorder = new Recorder();
  const shared = share(recorder, { maxBytes: 2 ** 26 });
  expectTypeOf(shared).toEqualTypeOf<Shared>();
  expectTypeOf(attach({ metrics: shared }, { every: 500, tags: { worker: 1 } })).toEqualTypeOf<Recorder>();
  expectTypeOf(recorder.gauge('depth', { merge: 'each' })).toEqualTypeOf<Gauge>();
  expectTypeOf(recorder.gauge('size', { type: 'int64', merge: 'max' })).toEqualTypeOf<Gauge<bigint>>();
});
