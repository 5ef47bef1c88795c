// What a process has to pay for its first histogram, and what histograms take.
import { build } from 'hdr-histogram-js';
import { LogLinearHistogram } from '../../src/histogram/index.js';
import { normal, seeded } from '../harness.js';
import { used } from './used.js';

export interface Fresh {
  /** Milliseconds for the first sample, with the tables. */
  readonly cold: number;
  /** Bytes a histogram. */
  readonly bytes: Record<string, number>;
}

const start = performance.now();
new LogLinearHistogram().record(1);
const cold = performance.now() - start;
const random = seeded(6);
const next = normal(random);
// Four decades of it: ±3.9 standard deviations of 0.51 decades.
const logNormal = (): number => 0.02 * 10 ** (0.51 * Math.max(-3.9, Math.min(3.9, next())));
const logUniform = (): number => 10 ** (-4 + 4 * random());
const bytes: Fresh['bytes'] = {};
const measure = (name: string, make: () => unknown): void => {
  // The second time all code is compiled, and what the heap takes are the histograms.
  for (let time = 0; time < 2; time++) {
    const kept: unknown[] = Array.from({ length: 1000 }, () => undefined);
    const before = used();
    for (let i = 0; i < kept.length; i++) kept[i] = make();
    bytes[name] = (used() - before) / kept.length;
    kept.length = 0;
  }
};
const filled = (sample: () => number) => () => {
  const histogram = new LogLinearHistogram();
  for (let i = 0; i < 1000; i++) histogram.record(sample());
  return histogram;
};
measure('empty', () => new LogLinearHistogram());
measure('4 decades, log-uniform latencies', filled(logUniform));
measure('4 decades, log-normal latencies', filled(logNormal));
measure('hdr-histogram-js (2 digits), the same', () => {
  const histogram = build({ numberOfSignificantValueDigits: 2 });
  for (let i = 0; i < 1000; i++) histogram.recordValue(Math.ceil(logUniform() * 1e6));
  return histogram;
});
console.log(JSON.stringify({ cold, bytes } satisfies Fresh));
