// A meter of OpenTelemetry whose numbers can be asked for, and what it counted.
import type { Meter } from '@opentelemetry/api';
import {
  type AggregationOption,
  AggregationType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

/** A reader that is asked, as the Prometheus exporter's own is by its HTTP server. */
class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

export interface OpenTelemetry {
  readonly meter: Meter;
  readonly collect: () => Promise<ResourceMetrics>;
}

/** What histograms are made of; without these, they have 15 explicit bounds of OpenTelemetry's choice. */
export const aggregations = {
  /** The buckets that prom-client has unless told otherwise. */
  explicit: {
    type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
    options: { boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
  },
  /** At most 160 buckets, whose width grows with the range. */
  exponential: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
} as const satisfies Record<string, AggregationOption>;

/**
 * @param histograms how all instruments named `histogram` are aggregated
 * @param series how many an instrument may have
 */
export function openTelemetry(
  histograms: AggregationOption = aggregations.explicit,
  series = 2000,
): OpenTelemetry {
  const reader = new Reader({ cardinalitySelector: () => series + 1 });
  const provider = new MeterProvider({
    readers: [reader],
    views: [{ instrumentName: 'histogram', aggregation: histograms }],
  });
  return {
    meter: provider.getMeter('bench'),
    collect: async () => (await reader.collect()).resourceMetrics,
  };
}

/** What counters counted, and how many samples histograms have, in all. */
export function total({ scopeMetrics }: ResourceMetrics): number {
  let sum = 0;
  for (const { metrics } of scopeMetrics) {
    for (const { dataPoints } of metrics) {
      for (const { value } of dataPoints) sum += typeof value === 'number' ? value : value.count;
    }
  }
  return sum;
}
