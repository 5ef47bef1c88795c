/** What recording, asking and merging cost beside other histograms, and how much memory it takes. */
import { createHistogram } from 'node:perf_hooks';
import { DDSketch } from '@datadog/sketches-js';
import { build, type Histogram as HdrHistogram } from 'hdr-histogram-js';
import { Histogram as PromHistogram } from 'prom-client';
import { LogLinearHistogram } from '../src/histogram/index.js';
import { type Bench, normal, type Party, seeded } from './harness.js';

const VALUES = 4096;
const ROUNDS = 24;
const OPERATIONS = VALUES * ROUNDS;

/** Log-normal latencies in seconds, median 20 ms: three decades and a half. */
function latencies(seed: number): Float64Array {
  const next = normal(seeded(seed));
  return Float64Array.from({ length: VALUES }, () => 0.02 * Math.exp(next()));
}

function integers(seed: number): Float64Array {
  const random = seeded(seed);
  return Float64Array.from({ length: VALUES }, () => 1 + Math.floor(random() * 1e6));
}

const hdr = (digits: 2 | 3): HdrHistogram =>
  build({ numberOfSignificantValueDigits: digits, highestTrackableValue: 2 ** 31 });

/** Whether what was recorded is a positive multiple of what a run gives. */
function complete(count: number): string | undefined {
  return count > 0 && count % OPERATIONS === 0 ? undefined : `${count} samples`;
}

/** @param scale what makes the values integers, for those who only take these */
function recorders(values: Float64Array, scale: number): Party[] {
  const whole = values.map((value) => Math.max(1, Math.round(value * scale)));
  const slots = 512 / Math.max(...values);
  const cells = new Float64Array(513);
  const ours = new LogLinearHistogram();
  const hdr2 = hdr(2);
  const prom = new PromHistogram({
    name: 'bench',
    help: 'bench',
    registers: [],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10].map(
      (bound) => (bound * whole[0]!) / (scale * 0.02),
    ),
  });
  const sketch = new DDSketch({ relativeAccuracy: 0.01 });
  const node = createHistogram();
  return [
    {
      name: 'floor',
      run() {
        for (let round = 0; round < ROUNDS; round++) {
          for (let i = 0; i < values.length; i++) cells[(values[i]! * slots) | 0]! += 1;
        }
      },
      check: () => complete(cells.reduce((a, b) => a + b)),
    },
    {
      name: 'circmetrics',
      run() {
        for (let round = 0; round < ROUNDS; round++) {
          for (let i = 0; i < values.length; i++) ours.record(values[i]!);
        }
      },
      check: () => complete(ours.count),
    },
    {
      name: 'hdr-histogram-js',
      run() {
        for (let round = 0; round < ROUNDS; round++) {
          for (let i = 0; i < whole.length; i++) hdr2.recordValue(whole[i]!);
        }
      },
      check: () => complete(hdr2.totalCount),
    },
    {
      name: 'prom-client',
      run() {
        for (let round = 0; round < ROUNDS; round++) {
          for (let i = 0; i < values.length; i++) prom.observe(values[i]!);
        }
      },
    },
    {
      name: 'sketches-js',
      run() {
        for (let round = 0; round < ROUNDS; round++) {
          for (let i = 0; i < values.length; i++) sketch.accept(values[i]!);
        }
      },
      check: () => complete(sketch.count),
    },
    {
      name: 'perf_hooks',
      run() {
        for (let round = 0; round < ROUNDS; round++) {
          for (let i = 0; i < whole.length; i++) node.record(whole[i]!);
        }
      },
      check: () => complete(node.count),
    },
  ];
}

function recording(bench: Bench): void {
  for (const [title, values, scale] of [
    ['record: 4,096 log-normal latencies', latencies(1), 1e6],
    ['record: uniform integers 1 … 1,000,000', integers(2), 1],
  ] as const) {
    const ours = 'circmetrics';
    bench.race({
      title,
      operations: OPERATIONS,
      parties: recorders(values, scale),
      limits: [
        { time: ours, by: 'floor', atMost: 3 },
        { time: 'hdr-histogram-js', by: ours, atLeast: 10 },
        { time: 'prom-client', by: ours, atLeast: 18 },
        { time: 'sketches-js', by: ours, atLeast: 3 },
        { time: 'perf_hooks', by: ours, atLeast: 1 },
      ],
    });
  }
}

function rotating(bench: Bench): void {
  for (const [title, values] of [
    ['record: latencies, 1,024 histograms in rotation', latencies(3)],
    ['record: integers, 1,024 histograms in rotation', integers(4)],
  ] as const) {
    const slots = 512 / Math.max(...values);
    const floors = Array.from({ length: 1024 }, () => new Float64Array(513));
    const ours = Array.from({ length: 1024 }, () => new LogLinearHistogram());
    bench.race({
      title,
      operations: OPERATIONS,
      parties: [
        {
          name: 'rotating floor',
          run() {
            for (let round = 0; round < ROUNDS; round++) {
              for (let i = 0; i < values.length; i++) floors[i & 1023]![(values[i]! * slots) | 0]! += 1;
            }
          },
          check: () => complete(floors.reduce((sum, cells) => sum + cells.reduce((a, b) => a + b), 0)),
        },
        {
          name: 'circmetrics',
          run() {
            for (let round = 0; round < ROUNDS; round++) {
              for (let i = 0; i < values.length; i++) ours[i & 1023]!.record(values[i]!);
            }
          },
          check: () => complete(ours.reduce((sum, { count }) => sum + count, 0)),
        },
      ],
      limits: [{ time: 'circmetrics', by: 'rotating floor', atMost: 3 }],
    });
  }
}

function asking(bench: Bench): void {
  const ours = new LogLinearHistogram();
  const other = new LogLinearHistogram();
  const [theirs, added] = [hdr(2), hdr(2)];
  const random = seeded(5);
  while ([...ours.bins()].length < 400) {
    for (let i = 0; i < 100; i++) {
      const value = Math.ceil(10 ** (2 + 4.8 * random()));
      ours.record(value);
      other.record(value);
      theirs.recordValue(value);
      added.recordValue(value);
    }
  }
  const quantiles = [0.5, 0.9, 0.99, 0.999];
  let sum = 0;
  bench.race({
    title: `quantile([0.5, 0.9, 0.99, 0.999]) of ${[...ours.bins()].length} occupied bins`,
    operations: 400,
    parties: [
      {
        name: 'circmetrics',
        run() {
          for (let i = 0; i < 400; i++) sum += ours.quantile(quantiles)[3]!;
        },
      },
      {
        name: 'hdr-histogram-js',
        run() {
          for (let i = 0; i < 400; i++)
            for (const q of quantiles) sum += theirs.getValueAtPercentile(q * 100);
        },
      },
    ],
    limits: [{ time: 'hdr-histogram-js', by: 'circmetrics', atLeast: 10 }],
  });
  bench.race({
    title: 'merge of two such',
    operations: 400,
    parties: [
      {
        name: 'circmetrics',
        run() {
          for (let i = 0; i < 400; i++) ours.merge(other);
        },
        check: () => (ours.count % other.count === 0 ? undefined : `${ours.count} samples`),
      },
      {
        name: 'hdr-histogram-js',
        run() {
          for (let i = 0; i < 400; i++) theirs.add(added);
        },
        check: () =>
          theirs.totalCount % added.totalCount === 0 ? undefined : `${theirs.totalCount} samples`,
      },
    ],
    limits: [{ time: 'hdr-histogram-js', by: 'circmetrics', atLeast: 10 }],
  });
  if (Number.isNaN(sum)) throw new Error('A quantile is NaN.');
}

export default function histogram(bench: Bench): void {
  bench.versions('hdr-histogram-js', 'prom-client', '@datadog/sketches-js');
  recording(bench);
  rotating(bench);
  asking(bench);
}
