/**
 * Instrumentation for services: take handles, touch them in hot loops, flush them anywhere.
 *
 * ```ts
 * import { Recorder } from 'circmetrics';
 * import { circonus } from 'circmetrics/circonus';
 *
 * // A recorder holds a service's numbers; namespaces give them a hierarchy and tags.
 * const recorder = new Recorder({ tags: { app: 'shop' } });
 * const api = recorder.namespace('api', { tags: { subsystem: 'api' } });
 *
 * // Handles are taken once, and touched for nanoseconds.
 * const calls = api.counter('calls', { unit: 'requests', help: 'Requests served.' });
 * const latency = api.timer('latency');
 * const sizes = api.histogram('size', { unit: 'bytes' });
 * api.gauge('heap', { unit: 'bytes', observe: () => process.memoryUsage().heapUsed });
 *
 * calls.add();
 * sizes.record(512);
 * await latency.time(async () => {});
 * console.log(`p99: ${latency.histogram().quantile(0.99)} s`);
 *
 * // A flusher sends snapshots on its own schedule; any number of them stand side by side.
 * recorder.flushTo(circonus({ url: 'http://127.0.0.1:43191/module/httptrap/uuid/secret' }), { every: 10_000 });
 * await recorder.close();
 * ```
 *
 * @module
 */
export type { Cursor, Part } from './collect/cursor.js';
export type { Sample, SampleValue } from './collect/sample.js';
export type { Snapshot, Temporality } from './collect/snapshot.js';
export { MetricsError, type MetricsErrorCode } from './errors.js';
export type { Backend, Drop, Outcome, Payload, SendResult } from './flush/backend.js';
export type { CloseOptions, Flusher } from './flush/flusher.js';
export type { FlushOptions } from './flush/options.js';
export type { Selector } from './flush/select.js';
export type { DroppedSample, FlushError, FlusherStatus, FlushReport, FlushTotals } from './flush/status.js';
export { LogLinearHistogram } from './histogram/index.js';
export type { Clock } from './record/clock.js';
export type { Counter } from './record/counter.js';
export type { MetricDescription } from './record/describe.js';
export type { Family, TagsOf } from './record/family.js';
export type { Gauge } from './record/gauge.js';
export type { Histogram } from './record/histogram.js';
export type { GaugeOptions, HistogramOptions, TextOptions } from './record/kinds.js';
export type {
  DeclaredOptions,
  DeclaredValues,
  FamilyLimits,
  FamilyOptions,
  GaugeType,
  InstrumentName,
  Kind,
  Merge,
  MetricOptions,
  Observe,
} from './record/metric.js';
export type { Namespace, NamespaceOptions } from './record/namespace.js';
export type { Series } from './record/series.js';
export type { Tag, TagOptions, TagValue } from './record/tags.js';
export type { OnWarning, RefusalReason } from './record/tally.js';
export type { Text } from './record/text.js';
export type { Measurement, Timer } from './record/timer.js';
export { type Unit, type UnitInfo, unitInfo } from './record/units.js';
export { Recorder, type RecorderOptions, type RecorderStatus } from './recorder.js';
