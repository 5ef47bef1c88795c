import { currentValue, type Metrics, seriesOf, tagOf } from './arrivals.js';
import type { Tally } from './tally.js';
import { countOf } from './trap/quantiles.js';
import { isBins, type Received } from './trap/state.js';

export interface Verdict {
  readonly equal: boolean;
  /** What to tell: one sentence, or the differences, one a line. */
  readonly words: string;
}

/** Compares what arrived with the demo's own book-keeping, in both directions. */
export function verdict(tally: Tally, metrics: Metrics): Verdict {
  const recorded = new Map<string, unknown>();
  let requests = 0;
  let samples = 0;
  for (const { route, status, count } of tally.requests.values()) {
    recorded.set(label('http`requests', route, status), count);
    requests += count;
  }
  for (const [route, { latencies, sizes }] of tally.samples) {
    recorded.set(label('http`latency', route), latencies);
    recorded.set(label('http`response_size', route), sizes);
    samples += latencies + sizes;
  }
  recorded.set('http`in_flight', tally.inFlight);
  recorded.set('version', tally.version);

  const arrived = new Map<string, unknown>();
  for (const name of ['http`requests', 'http`latency', 'http`response_size']) {
    for (const metric of seriesOf(metrics, name)) {
      const count = plain(metric.value);
      // A series nothing was recorded in need not be in the books.
      if (count !== 0) arrived.set(label(name, tagOf(metric, 'route'), tagOf(metric, 'status')), count);
    }
  }
  for (const name of ['http`in_flight', 'version'])
    arrived.set(name, plain(currentValue(metrics, name) ?? null));

  const differences = [...new Set([...recorded.keys(), ...arrived.keys()])]
    .filter((key) => recorded.get(key) !== arrived.get(key))
    .map((key) => `  ${key}: recorded ${say(recorded.get(key))}, arrived ${say(arrived.get(key))}`);
  if (differences.length > 0) {
    return {
      equal: false,
      words: ['What arrived differs from what was recorded:', ...differences].join('\n'),
    };
  }
  const [series, histograms] = [tally.requests.size, tally.samples.size * 2];
  return {
    equal: true,
    words:
      `What arrived equals what was recorded: ${many(requests, 'request')} in ${series} series, ` +
      `${many(samples, 'sample')} in ${many(histograms, 'histogram')}.`,
  };
}

const label = (name: string, route = '?', status?: string): string =>
  `${name} ${route}${status === undefined ? '' : ` ${status}`}`;

/** A number for what can be counted, so that it compares with the books. */
function plain(value: Received['value']): number | string | null {
  if (isBins(value)) return Number(countOf(value));
  return typeof value === 'bigint' ? Number(value) : value;
}

const say = (value: unknown): string => (value === undefined ? 'nothing' : `${value}`);

const many = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
