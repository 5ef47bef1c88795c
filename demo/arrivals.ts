import { addBins, type Bin, type Bins } from './trap/bins.js';
import { isBins, type Received } from './trap/state.js';

/** What the trap holds, as the demo asks for it. */
export type Metrics = ReadonlyMap<string, Received>;

/** What has arrived of one route, or of all. */
export interface Arrival {
  readonly route: string;
  /** Requests and failed requests (status 500 and above) a second, since an earlier state. */
  readonly rate: number;
  readonly errorRate: number;
  /** Latencies in seconds since the start. */
  readonly latencies: Bins;
}

/** Requests up to a time, by route. */
export interface Totals {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly requests: ReadonlyMap<string, number>;
  readonly errors: ReadonlyMap<string, number>;
}

export const tagOf = (metric: Received, category: string): string | undefined =>
  metric.tags.find(([name]) => name === category)?.[1];

/** All series of one name. */
export const seriesOf = (metrics: Metrics, name: string): Received[] =>
  [...metrics.values()].filter((metric) => metric.name === name);

/** The one value of a metric without tags of its own, or undefined. */
export const currentValue = (metrics: Metrics, name: string): Received['value'] | undefined =>
  seriesOf(metrics, name)[0]?.value;

export function totals(metrics: Metrics): Totals {
  const requests = new Map<string, number>();
  const errors = new Map<string, number>();
  let at = 0;
  for (const metric of seriesOf(metrics, 'http`requests')) {
    const route = tagOf(metric, 'route') ?? '?';
    const failed = Number(tagOf(metric, 'status')) >= 500;
    const count = Number(metric.value ?? 0);
    requests.set(route, (requests.get(route) ?? 0) + count);
    errors.set(route, (errors.get(route) ?? 0) + (failed ? count : 0));
    at = Math.max(at, metric.at);
  }
  return { at, requests, errors };
}

/** One line for each route in the order given, and one for all of them together. */
export function arrivals(metrics: Metrics, routes: readonly string[], before: Totals): Arrival[] {
  const now = totals(metrics);
  const seconds = (now.at - before.at) / 1000;
  const rate = (key: 'requests' | 'errors', route: string): number =>
    seconds > 0 ? ((now[key].get(route) ?? 0) - (before[key].get(route) ?? 0)) / seconds : 0;

  const latency = new Map(
    seriesOf(metrics, 'http`latency').map((metric) => [tagOf(metric, 'route'), metric.value]),
  );
  const lines = routes.map((route): Arrival => {
    const value = latency.get(route) ?? null;
    const latencies = isBins(value) ? value : new Map<number, Bin>();
    return { route, rate: rate('requests', route), errorRate: rate('errors', route), latencies };
  });

  // Histograms of unlike routes merge bin by bin, and nothing is lost by it.
  const merged = new Map<number, Bin>();
  for (const line of lines) addBins(merged, line.latencies.values());
  const sum = (key: 'rate' | 'errorRate'): number => lines.reduce((total, line) => total + line[key], 0);
  return [...lines, { route: 'all', rate: sum('rate'), errorRate: sum('errorRate'), latencies: merged }];
}
