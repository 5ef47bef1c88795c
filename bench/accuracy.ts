/**
 * The comparison of the circllhist paper (Hartmann and Schlossnagle, 2020, arXiv:2001.06561, section 5): relative
 * errors of quantiles of a uniform and of a latency-like data set, against the exact quantiles, beside others.
 */
import { DDSketch } from '@datadog/sketches-js';
import { build } from 'hdr-histogram-js';
import { LogLinearHistogram } from '../src/histogram/index.js';
import { type Bench, seeded } from './harness.js';

const QUANTILES = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999, 0.99999, 1];
const SAMPLES = 1_000_000;

/** Upper bounds that an operator might choose for latencies in milliseconds: Prometheus' defaults, in that unit. */
const BUCKETS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, Infinity];

interface Summary {
  readonly name: string;
  readonly accept: (value: number) => void;
  readonly quantile: (q: number) => number;
}

function summaries(): Summary[] {
  const ours = new LogLinearHistogram();
  // Whole microseconds, since it takes integers only; three digits.
  const hdr = build({ numberOfSignificantValueDigits: 3, highestTrackableValue: 2 ** 40 });
  const sketch = new DDSketch({ relativeAccuracy: 0.01 });
  const buckets = BUCKETS.map(() => 0);
  return [
    { name: 'circmetrics', accept: (x) => ours.record(x), quantile: (q) => ours.quantile(q) },
    {
      name: 'HDR (3 digits)',
      accept: (x) => hdr.recordValue(Math.round(x * 1000)),
      quantile: (q) => hdr.getValueAtPercentile(q * 100) / 1000,
    },
    {
      name: 'DDSketch (1 %)',
      accept: (x) => sketch.accept(x),
      quantile: (q) => sketch.getValueAtQuantile(q),
    },
    {
      name: 'Prometheus',
      accept: (x) => {
        buckets[BUCKETS.findIndex((bound) => x <= bound)]! += 1;
      },
      quantile: (q) => histogramQuantile(q, buckets),
    },
  ];
}

/** Prometheus' histogram_quantile: linear within a bucket; the last bound where the bucket has none. */
function histogramQuantile(q: number, counts: readonly number[]): number {
  const rank = q * counts.reduce((a, b) => a + b, 0);
  let below = 0;
  for (const [i, count] of counts.entries()) {
    if (below + count >= rank && count > 0) {
      const lower = i === 0 ? 0 : BUCKETS[i - 1]!;
      const upper = BUCKETS[i]!;
      return upper === Infinity ? lower : lower + ((rank - below) / count) * (upper - lower);
    }
    below += count;
  }
  return Number.NaN;
}

/** Milliseconds. */
function dataSets(): [name: string, next: () => number][] {
  const random = seeded(2020);
  const pareto = (least: number, shape: number): number => least * (1 - random()) ** (-1 / shape);
  return [
    ['uniform, 10 … 100 ms', () => 10 + 90 * random()],
    [
      'latencies: a mixture of Pareto distributions (1 ms, 10 ms, 100 ms)',
      () => {
        const which = random();
        return which < 0.9 ? pareto(1, 3) : which < 0.99 ? pareto(10, 2.5) : pareto(100, 2);
      },
    ],
  ];
}

export const remarks = `HDR takes whole numbers only, here microseconds, and has three digits where ours and DDSketch's have about two; the
error of Prometheus' \`histogram_quantile\` is that of the buckets that somebody chose.`;

export default function accuracy(bench: Bench): void {
  bench.versions('hdr-histogram-js', '@datadog/sketches-js');
  for (const [name, next] of dataSets()) {
    const exact = Float64Array.from({ length: SAMPLES }, next);
    const all = summaries();
    for (const value of exact) for (const { accept } of all) accept(value);
    exact.sort();
    bench.say(`\nrelative error of quantiles, ${SAMPLES.toLocaleString('en')} samples; ${name}\n`);
    bench.say(`  ${'q'.padEnd(8)}${'exact'.padStart(12)}${all.map((s) => s.name.padStart(16)).join('')}`);
    let worst = 0;
    for (const q of QUANTILES) {
      const truth = exact[Math.max(Math.ceil(q * SAMPLES), 1) - 1]!;
      const errors = all.map(({ quantile }) => (quantile(q) - truth) / truth);
      worst = Math.max(worst, Math.abs(errors[0]!));
      const cells = errors.map((error) => `${(error * 100).toFixed(3)} %`.padStart(16));
      bench.say(`  ${String(q).padEnd(8)}${truth.toFixed(3).padStart(12)}${cells.join('')}`);
    }
    bench.say();
    bench.figure('circmetrics, largest relative error', worst * 100, '%', { atMost: 10 });
  }
}
