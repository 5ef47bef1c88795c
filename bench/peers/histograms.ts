// The histograms that are compared: how each is made, given a sample, and asked how many it has.
import { createHistogram } from 'node:perf_hooks';
import { DDSketch } from '@datadog/sketches-js';
import { build, type Histogram as HdrHistogram } from 'hdr-histogram-js';
import measured from 'measured-core';
import { Histogram as PromHistogram } from 'prom-client';
import { LogLinearHistogram } from '../../src/histogram/index.js';
import { aggregations, openTelemetry, total } from './opentelemetry.js';

export interface Made {
  /** What samples are given to. */
  readonly handle: object;
  readonly count: () => number | Promise<number>;
}

export interface HistogramClient {
  readonly name: string;
  /** A call that records the sample `value` with the handle `own`. */
  readonly call: string;
  /** Whether it takes positive integers only. */
  readonly whole?: true;
  /** @param boundaries upper bounds for those who have buckets; in seconds and as prom-client has them unless given */
  readonly make: (boundaries?: number[]) => Made;
}

export const hdr = (): HdrHistogram =>
  build({ numberOfSignificantValueDigits: 2, highestTrackableValue: 2 ** 31 });

/** The buckets that prom-client has unless told otherwise. */
export const defaultBoundaries = aggregations.explicit.options.boundaries;

function otel(aggregation: Parameters<typeof openTelemetry>[0]): Made {
  const { meter, collect } = openTelemetry(aggregation);
  return { handle: meter.createHistogram('histogram'), count: async () => total(await collect()) };
}

export const histogramClients: readonly HistogramClient[] = [
  {
    name: 'circmetrics',
    call: 'own.record(value);',
    make: () => {
      const handle = new LogLinearHistogram();
      return { handle, count: () => handle.count };
    },
  },
  {
    name: 'hdr-histogram-js',
    call: 'own.recordValue(value);',
    whole: true,
    make: () => {
      const handle = hdr();
      return { handle, count: () => handle.totalCount };
    },
  },
  {
    name: 'prom-client',
    call: 'own.observe(value);',
    make: (buckets = defaultBoundaries) => {
      const handle = new PromHistogram({ name: 'bench', help: 'bench', registers: [], buckets });
      const count = async (): Promise<number> => {
        const { values } = await handle.get();
        return values.find(({ metricName }) => metricName === 'bench_count')?.value ?? 0;
      };
      return { handle, count };
    },
  },
  {
    name: 'sketches-js',
    call: 'own.accept(value);',
    make: () => {
      const handle = new DDSketch({ relativeAccuracy: 0.01 });
      return { handle, count: () => handle.count };
    },
  },
  {
    name: 'perf_hooks',
    call: 'own.record(value);',
    whole: true,
    make: () => {
      const handle = createHistogram();
      return { handle, count: () => handle.count };
    },
  },
  {
    name: 'opentelemetry, explicit',
    call: 'own.record(value);',
    make: (boundaries = defaultBoundaries) => otel({ ...aggregations.explicit, options: { boundaries } }),
  },
  {
    name: 'opentelemetry, exponential',
    call: 'own.record(value);',
    make: () => otel(aggregations.exponential),
  },
  {
    name: 'measured-core',
    call: 'own.update(value);',
    make: () => {
      const handle = new measured.Histogram();
      return { handle, count: () => handle.toJSON().count };
    },
  },
];
