// A histogram as a person reads it.
import { LogLinearHistogram } from 'circmetrics/histogram';
import { describe, expect, it } from 'vitest';
import { of } from './histograms.js';

describe('toString', () => {
  const distributions: Record<string, LogLinearHistogram> = {
    'log-normal': of(...Array.from({ length: 2000 }, (_, i) => 0.02 * Math.exp(2 * Math.sin(i * i)))),
    negative: of(...Array.from({ length: 500 }, (_, i) => i - 300)),
    single: of(42),
    zero: of(0, 0),
    huge: of(1e-120, -1e-120, 1, 1e120, -1e120),
  };

  it.each(Object.keys(distributions))('keeps within the width: %s', (name) => {
    for (const width of [40, 60, 80, 120]) {
      for (const unit of [undefined, 'seconds', 'bytes', 'requests']) {
        const lines = distributions[name]!.toString({ width, ...(unit === undefined ? {} : { unit }) }).split(
          '\n',
        );
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        expect(lines.length).toBeLessThanOrEqual(30);
      }
    }
    expect(distributions[name]!.toString()).toBe(distributions[name]!.toString({ width: 80 }));
    for (const mark of ['p50', 'p90', 'p99'])
      expect(distributions[name]!.toString()).toMatch(new RegExp(`◂.*${mark}`));
  });

  it('draws', () => {
    const histogram = new LogLinearHistogram();
    for (const [value, count] of [
      [0.0011, 10],
      [0.0018, 60],
      [0.0044, 20],
      [0.012, 9],
      [0.9, 1],
    ] as const) {
      histogram.record(value, count);
    }
    expect(`\n${histogram.toString({ unit: 'seconds', width: 60 })}\n`).toMatchInlineSnapshot(`
      "
      100 samples  mean 12.3 ms  min 1.1 ms  p50 1.87 ms
      p90 4.5 ms  p99 12.9 ms  max 910 ms

        1 ms │██████▍                                 10.0 %
      1.6 ms │██████████████████████████████████████  60.0 % ◂ p50
      2.5 ms │
        4 ms │████████████▋                           20.0 % ◂ p90
      6.3 ms │
       10 ms │█████▊                                   9.0 % ◂ p99
       16 ms │
       25 ms │
       40 ms │
       63 ms │
      100 ms │
      160 ms │
      250 ms │
      400 ms │
      630 ms │▋                                        1.0 %
      "
    `);
  });
});
