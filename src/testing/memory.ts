import { optionsOf } from '../checks.js';
import type { Part } from '../collect/cursor.js';
import type { Sample, SampleValue } from '../collect/sample.js';
import type { Temporality } from '../collect/snapshot.js';
import type { Backend, Payload, SendResult } from '../flush/backend.js';
import { LogLinearHistogram } from '../histogram/index.js';
import type { Kind } from '../record/metric.js';
import type { Series } from '../record/series.js';
import { type CounterExpectation, HistogramExpectation, ValueExpectation } from './expectations.js';

/** A series as a memory backend has it. */
export interface Received {
  /** What it holds. */
  readonly kind: Kind;
  /** Its path and name, joined by dots. */
  readonly name: string;
  /** By category, all its values. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  /** Everything that was delivered of a counter or a histogram; the last of a gauge or a text. */
  readonly value: SampleValue;
}

/** Options of {@link memoryBackend}. */
export interface MemoryBackendOptions {
  /** `delta`, unless given: what is delivered is added up. `cumulative`: it replaces what was there. */
  readonly temporality?: Temporality;
  /** What to do with a payload that may have arrived; `resend` for totals and `drop` for deltas, unless given. */
  readonly onUnknown?: 'resend' | 'drop';
  /** How many samples go into one payload, 1 or more; all, unless given. */
  readonly samplesPerPayload?: number;
  /** What becomes of a payload; `delivered`, unless given. Only what is delivered is kept. */
  readonly respond?: (payload: Payload, signal: AbortSignal) => SendResult | Promise<SendResult>;
}

/** Tags to look a series up by: those that are given have to be there, others may. */
export type TagFilter = Readonly<Record<string, string | number | boolean>>;

/** A backend that keeps what it is sent, for tests. */
export interface MemoryBackend extends Backend {
  /** All series that something was delivered of. */
  readonly received: readonly Received[];
  /** A counter: all that was delivered of all series that fit, added up. */
  expectCounter(name: string, tags?: TagFilter): CounterExpectation;
  /** A gauge, of which one series has to fit. */
  expectGauge(name: string, tags?: TagFilter): ValueExpectation<number | bigint | null>;
  /** A text, of which one series has to fit. */
  expectText(name: string, tags?: TagFilter): ValueExpectation<string | null>;
  /** A histogram or a timer (in seconds): all that was delivered of all series that fit, merged. */
  expectHistogram(name: string, tags?: TagFilter): HistogramExpectation;
  /** Forgets what was delivered. */
  clear(): void;
}

/**
 * Makes a backend in memory, with assertions for tests of what a service counts.
 *
 * ```ts
 * const memory = memoryBackend();
 * const flusher = recorder.flushTo(memory, { every: 60_000 });
 * await flusher.flush();
 * memory.expectCounter('api.requests', { route: '/a' }).toBe(3);
 * ```
 *
 * A name is a metric's path and name, joined by dots.
 * @throws MetricsError `invalid_option`
 */
export function memoryBackend(options: MemoryBackendOptions = {}): MemoryBackend {
  optionsOf('memoryBackend', options, ['temporality', 'onUnknown', 'samplesPerPayload', 'respond']);
  const { temporality = 'delta', samplesPerPayload = Number.POSITIVE_INFINITY } = options;
  const { onUnknown = temporality === 'delta' ? 'drop' : 'resend' } = options;
  const { respond = (): SendResult => ({ outcome: 'delivered' }) } = options;
  const kept = new Map<Series, Received>();
  const find = (kind: Kind, name: string, tags: TagFilter): Received[] =>
    [...kept.values()].filter(
      (one) =>
        one.kind === kind &&
        one.name === name &&
        Object.entries(tags).every(([category, value]) => one.tags[category]?.includes(String(value))),
    );
  const all = (): readonly Received[] => [...kept.values()];
  return {
    name: 'memory',
    target: 'memory',
    temporality,
    onUnknown,
    // What `respond` says of a payload stands, so that tests need not count on repetitions.
    retries: 0,
    *encode(snapshot) {
      let parts: Part[] = [];
      for (const sample of snapshot) {
        parts.push(sample);
        if (parts.length < samplesPerPayload) continue;
        yield { body: bodyOf(parts), parts };
        parts = [];
      }
      if (parts.length > 0) yield { body: bodyOf(parts), parts };
    },
    async send(payload, signal) {
      const result = await respond(payload, signal);
      const arrived = result?.outcome === 'delivered' || result?.outcome === 'sent';
      if (arrived) for (const part of payload.parts) keep(kept, part, temporality);
      return result;
    },
    get received() {
      return all();
    },
    expectCounter: (name, tags = {}) => {
      const found = find('counter', name, tags);
      const sum = found.reduce((total, { value }) => total + Number(value), 0);
      return new ValueExpectation('counter', name, tags, found.length === 0 ? undefined : sum, all());
    },
    expectGauge: (name, tags = {}) =>
      ValueExpectation.ofOne<number | bigint | null>('gauge', name, tags, find('gauge', name, tags), all()),
    expectText: (name, tags = {}) =>
      ValueExpectation.ofOne<string | null>('text', name, tags, find('text', name, tags), all()),
    expectHistogram: (name, tags = {}) =>
      new HistogramExpectation(name, tags, find('histogram', name, tags), all()),
    clear: () => kept.clear(),
  };
}

function bodyOf(parts: readonly Part[]): string {
  return parts.map(({ series }) => nameOf(series)).join('\n');
}

function nameOf({ path, name }: Series): string {
  return [...path, name].join('.');
}

function keep(kept: Map<Series, Received>, part: Part, temporality: Temporality): void {
  const { series, value } = part;
  const before = temporality === 'delta' ? kept.get(series)?.value : undefined;
  const tags: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  // A sample has its flusher's tags as well.
  const { tags: all } = 'tags' in part ? (part as Sample) : series;
  for (const [category, text] of all) tags[category] = [...(tags[category] ?? []), text];
  kept.set(series, {
    kind: series.kind,
    name: nameOf(series),
    tags,
    value: added(series.kind, value, before),
  });
}

function added(kind: Kind, value: SampleValue, before: SampleValue | undefined): SampleValue {
  if (value instanceof LogLinearHistogram) {
    const sum = value.clone();
    return before instanceof LogLinearHistogram ? sum.merge(before) : sum;
  }
  return kind === 'counter' && typeof value === 'number' && typeof before === 'number'
    ? value + before
    : value;
}
