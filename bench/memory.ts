// What series and histograms take, beside the clients that others use; each in a process of its own.
import { tables } from '../src/histogram/tables.js';
import type { Fresh } from './children/histograms.js';
import { child } from './children/run.js';
import type { Cost } from './children/series.js';
import type { Bench } from './harness.js';

export const remarks = `A timer here keeps all bins that its samples are in, to two digits; prom-client's and OpenTelemetry's explicit histogram
keep 11 buckets, OpenTelemetry's exponential one at most 160 that widen with the range, and measured-core's a sample of
at most 1,028 values. Counters and gauges of measured-core have neither tags nor types.`;

/** Which series are made, and how many. */
const kinds = ['counter:10000', 'gauge:10000', 'timer:1000'] as const;
const clients = [
  'circmetrics',
  'prom-client',
  'opentelemetry',
  'opentelemetry, exponential',
  'measured-core',
] as const;

export default function memory(bench: Bench): void {
  bench.versions('prom-client', '@opentelemetry/sdk-metrics', 'measured-core', 'hdr-histogram-js');
  bench.table(
    'bytes a series, with one tag; timers with 100 log-normal latencies each',
    ['', 'counter', 'gauge', 'timer'],
    clients.map((name) => {
      const costs = child<Record<string, Cost>>('series', name, ...kinds);
      return [name, ...kinds.map((kind) => Math.round(costs[kind]!.bytes).toLocaleString('en'))];
    }),
  );
  bench.say('\nfamilies of two tags, beyond the strings that they are given');
  for (const [x, y] of [
    [100_000, 1],
    [1000, 100],
  ] as const) {
    const bytes = child<number>('families', `${x}`, `${y}`);
    bench.figure(`a counter series, ${x} × ${y} values`, bytes, 'B', { atMost: 250 });
  }
  const growth = child<number>('families') / 1024;
  bench.figure('heap growth over 10,000,000 calls', growth, 'KiB', { atMost: 256 });
  histograms(bench);
  bounds(bench);
}

/** What declared bounds add to a series, of what is promised at most. */
function bounds(bench: Bench): void {
  const without = child<number>('bounds', '0');
  bench.say('\ndeclared bounds, beyond a series without');
  for (const count of [1, 2, 12, 100]) {
    const more = child<number>('bounds', `${count}`) - without;
    bench.figure(count === 1 ? '1 bound' : `${count} bounds`, more, 'B', { atMost: 128 + 16 * count });
  }
}

function histograms(bench: Bench): void {
  const runs = Array.from({ length: 5 }, () => child<Fresh>('histograms'));
  bench.say('\nhistograms, and the first one of a process');
  const { powers, edges, slots, double } = tables();
  const shared = powers.byteLength + edges.byteLength + slots.byteLength + double.byteLength;
  bench.figure('shared tables', shared, 'B', { atMost: 700_000 });
  bench.figure(
    'building them cold',
    runs.map(({ cold }) => cold),
    'ms',
    { atMost: 25 },
  );
  for (const [name, limit] of [
    ['empty', { atMost: 400 }],
    ['4 decades, log-uniform latencies', { atMost: 4000 }],
    ['4 decades, log-normal latencies', { atMost: 4000 }],
    ['hdr-histogram-js (2 digits), the same', {}],
  ] as const) {
    bench.figure(
      name,
      runs.map(({ bytes }) => bytes[name]!),
      'B',
      limit,
    );
  }
}
