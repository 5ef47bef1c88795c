/** What recording, asking and merging cost beside other histograms. */
import { DDSketch } from '@datadog/sketches-js';
import { Recorder } from 'circmetrics';
import { LogLinearHistogram } from '../src/histogram/index.js';
import {
  type Bench,
  formatTime,
  loop,
  loopOver,
  median,
  normal,
  type Party,
  type RatioLimit,
  seeded,
} from './harness.js';
import { defaultBoundaries, hdr, histogramClients } from './peers/histograms.js';

export const remarks = `Ours and DDSketch take any number; HDR and \`perf_hooks\` take positive integers in a range that is chosen before, so they
are given microseconds. prom-client and OpenTelemetry's explicit histogram keep 11 buckets where ours keeps every bin of
two digits, OpenTelemetry's exponential one at most 160 buckets, which get wider when the range grows; measured-core
keeps 1,028 of the values. The floor picks a slot by a multiplication, and has neither digits nor range. Loops are given
their histogram as an argument, as it comes from somewhere in a program; the race after these shows how much faster the
floor above all gets where the compiler knows everything to be constant. From the first \`ArrayBuffer\` on that a process
gives away, as its first \`fetch\` does, V8 looks at each access of a typed array twice, theirs as ours: ours takes a
half longer to merge then.`;

const VALUES = 4096;
const ROUNDS = 24;
const OPERATIONS = VALUES * ROUNDS;
/** Samples of one histogram. Beyond a million, a sample of the others costs what it costs there. */
const SIZES = [1, 100, 10_000, 1_000_000, 100_000_000] as const;

/** Log-normal latencies in seconds, median 20 ms: three decades and a half. */
function latencies(seed: number): Float64Array {
  const next = normal(seeded(seed));
  return Float64Array.from({ length: VALUES }, () => 0.02 * Math.exp(next()));
}

function integers(seed: number): Float64Array {
  const random = seeded(seed);
  return Float64Array.from({ length: VALUES }, () => 1 + Math.floor(random() * 1e6));
}

/** Whether what was recorded is a positive multiple of what a run gives. */
function complete(count: number): string | undefined {
  return count > 0 && count % OPERATIONS === 0 ? undefined : `${count} samples`;
}

const wholeOf = (values: Float64Array, scale: number): Float64Array =>
  values.map((value) => Math.max(1, Math.round(value * scale)));

/** Apart, so that what they leave of the caches does not change what is promised of the others. */
const apart = ['opentelemetry, explicit', 'opentelemetry, exponential', 'measured-core'];
const by = 'circmetrics';

/** What is promised beside the others. */
const promised: readonly RatioLimit[] = [
  { time: by, by: 'floor', atMost: 3 },
  { time: 'hdr-histogram-js', by, atLeast: 10 },
  { time: 'prom-client', by, atLeast: 18 },
  { time: 'sketches-js', by, atLeast: 3 },
  { time: 'perf_hooks', by, atLeast: 1 },
];

/** @param scale what makes the values integers, for those who only take these */
async function race(
  bench: Bench,
  title: string,
  values: Float64Array,
  scale: number,
  limits: readonly RatioLimit[],
): Promise<void> {
  const clients = histogramClients.filter(
    ({ name }) => limits.some(({ time }) => time === name) || name === by,
  );
  const integers = wholeOf(values, scale);
  const slots = 512 / Math.max(...values);
  const cells = new Float64Array(513);
  const floor = loopOver(`own[(value * ${slots}) | 0] += 1;`);
  const boundaries = defaultBoundaries.map((bound) => (bound * integers[0]!) / (scale * 0.02));
  const made = clients.map(({ make }) => make(boundaries));
  const parties = clients.map(({ name, call, whole }, i): Party => {
    const run = loopOver(call);
    return { name, run: () => run(made[i]!.handle, whole ? integers : values, OPERATIONS) };
  });
  bench.race({
    title,
    operations: OPERATIONS,
    rounds: 31,
    parties: [
      {
        name: 'floor',
        run: () => floor(cells, values, OPERATIONS),
        check: () => complete(cells.reduce((a, b) => a + b)),
      },
      ...parties,
    ],
    limits,
  });
  for (const [i, { count }] of made.entries()) {
    const wrong = complete(await count());
    if (wrong !== undefined) bench.wrong(`${clients[i]!.name}: ${wrong}`);
  }
}

/** Twelve bounds each, and values: how often `record` has to look which side of a bound a sample is on. */
const bounded: readonly {
  readonly title: string;
  readonly bounds: readonly number[];
  readonly values: (random: () => number) => number;
  readonly atMost: number;
}[] = [
  {
    title: 'log-normal latencies',
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.144, 0.25, 0.5, 1, 2.5, 5, 10],
    values: (random) => 0.02 * Math.exp(normal(random)()),
    atMost: 1.3,
  },
  {
    title: 'whole numbers that hit bounds',
    bounds: [1, 2, 3, 5, 8, 10, 20, 50, 100, 144, 200, 500],
    values: (random) => 1 + Math.floor(500 * random() ** 3),
    atMost: 1.7,
  },
  {
    title: 'a random side of a bound each',
    bounds: [15, 25, 35, 45, 55, 65, 75, 85, 95, 125, 175, 225].map((bound) => bound + 0.5),
    values: (random) =>
      [15, 25, 35, 45, 55, 65, 75, 85, 95, 125, 175, 225][Math.floor(12 * random())]! + random(),
    atMost: 2.7,
  },
];

/** What declared bounds cost a metric, beside one that has none. */
function bounds(bench: Bench): void {
  for (const { title, bounds: buckets, values: draw, atMost } of bounded) {
    const random = seeded(6);
    const values = Float64Array.from({ length: VALUES }, () => draw(random));
    const recorder = new Recorder();
    const without = recorder.histogram('without');
    const declared = recorder.histogram('with', { buckets });
    const slots = 512 / Math.max(...values);
    const cells = new Float64Array(513);
    const [floor, plain, split] = [
      loopOver(`own[(value * ${slots}) | 0] += 1;`),
      loopOver('/* without */ own.record(value);'),
      loopOver('/* with */ own.record(value);'),
    ];
    bench.race({
      title: `record with 12 declared bounds: ${title}`,
      operations: OPERATIONS,
      parties: [
        { name: 'floor', run: () => floor(cells, values, OPERATIONS) },
        {
          name: 'without bounds',
          run: () => plain(without, values, OPERATIONS),
          check: () => complete(without.histogram().count),
        },
        {
          name: 'with bounds',
          run: () => split(declared, values, OPERATIONS),
          check: () => complete(declared.histogram().count) ?? exact(declared.histogram(), values),
        },
      ],
      limits: [
        { time: 'without bounds', by: 'floor', atMost: 3 },
        { time: 'with bounds', by: 'without bounds', atMost },
      ],
    });
  }
}

/** Whether each bound counts the values at or below it. Every value was recorded the same number of times. */
function exact(
  histogram: Pick<LogLinearHistogram, 'count' | 'buckets'>,
  values: Float64Array,
): string | undefined {
  const times = histogram.count / VALUES;
  const wrong = histogram
    .buckets()
    .find(([bound, count]) => count !== times * values.filter((value) => value <= bound).length);
  return wrong && `${wrong[1]} samples up to ${wrong[0]}`;
}

/** What the compiler makes of it if it knows all objects, as it does where a module has them as constants. */
function constants(bench: Bench): void {
  const values = latencies(1);
  const scope = { values, slots: 512 / Math.max(...values), cells: new Float64Array(513) };
  const ours = new LogLinearHistogram();
  const sketch = new DDSketch({ relativeAccuracy: 0.01 });
  bench.race({
    title: 'record: 4,096 log-normal latencies, everything known to be constant',
    operations: OPERATIONS,
    rounds: 21,
    parties: [
      { name: 'floor', run: loop(OPERATIONS, 'cells[(values[i & 4095] * slots) | 0] += 1;', scope) },
      {
        name: 'circmetrics',
        run: loop(OPERATIONS, 'ours.record(values[i & 4095]);', { ours, values }),
        check: () => complete(ours.count),
      },
      {
        name: 'sketches-js',
        run: loop(OPERATIONS, 'sketch.accept(values[i & 4095]);', { sketch, values }),
        check: () => complete(sketch.count),
      },
    ],
    limits: [
      { time: 'circmetrics', by: 'floor' },
      { time: 'sketches-js', by: 'circmetrics' },
    ],
  });
}

/** From histograms that are made for one sample to one that has very many. */
async function growing(bench: Bench): Promise<void> {
  const values = latencies(7);
  const integers = wholeOf(values, 1e6);
  const rows: string[][] = [];
  for (const { name, call, whole, make } of histogramClients) {
    // A provider is made once a process, so that it would not be fair to make one for each histogram.
    if (name.startsWith('opentelemetry')) continue;
    const run = loopOver(call);
    const row = [name];
    for (const size of SIZES) {
      const large = size > 1_000_000;
      if (large && name !== 'circmetrics') {
        row.push('');
        continue;
      }
      const times: number[] = [];
      for (let round = 0; round < (large ? 1 : 5); round++) {
        const histograms = Math.ceil((size === 1 ? 1000 : 20_000) / size);
        let last = make();
        const start = performance.now();
        for (let i = 0; i < histograms; i++) {
          last = make();
          run(last.handle, whole ? integers : values, size);
        }
        times.push(((performance.now() - start) * 1e6) / (size * histograms));
        const count = await last.count();
        if (count !== size) bench.wrong(`${name}: ${count} samples of ${size}`);
      }
      row.push(formatTime(median(times)));
    }
    rows.push(row);
  }
  bench.table(
    'a sample, with the making of its histogram, by how many samples that gets',
    ['', ...SIZES.map((size) => size.toLocaleString('en'))],
    rows,
  );
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
  const [theirs, added] = [hdr(), hdr()];
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

export default async function histogram(bench: Bench): Promise<void> {
  bench.versions(
    'hdr-histogram-js',
    'prom-client',
    '@datadog/sketches-js',
    '@opentelemetry/sdk-metrics',
    'measured-core',
  );
  await race(bench, 'record: 4,096 log-normal latencies', latencies(1), 1e6, promised);
  await race(bench, 'record: uniform integers 1 … 1,000,000', integers(2), 1, promised);
  const others = apart.map((time) => ({ time, by }));
  await race(bench, 'record: 4,096 log-normal latencies, beside others', latencies(1), 1e6, others);
  constants(bench);
  bounds(bench);
  rotating(bench);
  asking(bench);
  await growing(bench);
}
