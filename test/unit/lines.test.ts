// What all line protocols have in common: nothing is lost, nothing is forged, bad options are refused.
import { MetricsError } from 'circmetrics';
import { graphite } from 'circmetrics/graphite';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { statsd } from 'circmetrics/statsd';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { sample, written } from './written.js';

describe('line protocols', () => {
  it.each([
    ['statsd', 1432, () => statsd({ distributions: 'ms' })],
    ['statsd, 100 bytes', 100, () => statsd({ maxPacketBytes: 100 })],
    ['dogstatsd', 1432, () => statsd({ dialect: 'dogstatsd' })],
    ['dogstatsd, 200 bytes', 200, () => statsd({ dialect: 'dogstatsd', maxPacketBytes: 200 })],
    ['graphite, delta', 300, () => graphite({ temporality: 'delta', maxPayloadBytes: 300 })],
    ['graphite', 65_536, () => graphite()],
  ])('%s carries or drops every sample, within the limit', (_, limit, make) => {
    const { bodies, payloads, snapshot, dropped } = written(make(), (recorder) => {
      sample(recorder);
      const histogram = recorder.histogram('h', { tags: { some: 'tag', of: 'ü' } });
      for (let i = 1; i < 1000; i++) histogram.record(i ** 2, i % 7);
    });
    for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(limit);
    const carried = new Map<string, number>();
    for (const { series, value } of payloads.flatMap(({ parts }) => parts)) {
      const count = value instanceof LogLinearHistogram ? value.count : Number(value ?? 0);
      carried.set(series.name, (carried.get(series.name) ?? 0) + count);
    }
    for (const { name, value } of snapshot) {
      if (name in dropped) continue;
      expect(carried.get(name)).toBe(value instanceof LogLinearHistogram ? value.count : Number(value ?? 0));
    }
  });

  it('refuses bad options', () => {
    const bad: readonly unknown[] = [
      null,
      7,
      { port: 0 },
      { port: 65_536 },
      { host: '' },
      { host: 'localhost:8125' },
      { host: 'udp://localhost' },
      { prot: 'udp' },
      { protocol: 'http' },
      { maxPacketBytes: 63 },
      { dialect: 'x' },
      { distributions: 'd' },
      { timestamps: true },
      { quantiles: [-0.1] },
      { quantiles: [0.5, 0.5] },
      { quantiles: [0.9, 0.9000000000000001] },
    ];
    for (const options of bad) expect(() => statsd(options as never)).toThrow(MetricsError);
    for (const host of ['localhost', '127.0.0.1', '::1', 'fe80::1%br-lan.7'])
      expect(() => statsd({ host })).not.toThrow();
    for (const options of [
      null,
      { naming: 'x' },
      { statistics: [] },
      { statistics: ['p50'] },
      { statistics: ['max', 'max'] },
      { statistics: [0.5, 'max', 0.5000000000000001] },
      { temporality: 'x' },
    ]) {
      expect(() => graphite(options as never)).toThrow(MetricsError);
    }
  });
});

describe('what the host writes', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom(
        '.',
        ';',
        '=',
        ':',
        '|',
        '@',
        '#',
        ',',
        ' ',
        '\n',
        '~',
        '{',
        '"',
        '}',
        '\ud800',
        'é',
        'a',
      ),
      minLength: 1,
      maxLength: 12,
    }),
  );
  const metrics = fc.array(
    fc.tuple(hostile, fc.array(fc.tuple(hostile, fc.oneof(hostile, fc.constant(''))))),
    {
      maxLength: 6,
    },
  );
  const statsdLine = /^[\w.-]+:-?\d+(\.\d+)?(e[+-]\d+)?\|(c|g)(\|#[^|,\n]+(,[^|,\n]+)*)?$/u;
  const graphiteLine =
    /^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*(;[!-<>-~]+=[^;~\s\p{C}][^;\s\p{C}]*)* -?\d+(\.\d+)? \d+$/u;

  it.each([
    ['statsd', () => statsd({ maxPacketBytes: 512 }), statsdLine],
    ['statsd with tags', () => statsd({ tags: true }), statsdLine],
    ['graphite', () => graphite(), graphiteLine],
    ['graphite, hierarchical', () => graphite({ naming: 'hierarchical', prefix: 'é;' }), graphiteLine],
  ] as const)('forges no line, name or tag of %s', (_, make, grammar) => {
    fc.assert(
      fc.property(metrics, (all) => {
        const { bodies, payloads, dropped, snapshot } = written(make(), (recorder) => {
          for (const [name, tags] of all) {
            try {
              recorder.gauge(name, { tags: Object.fromEntries(tags) }).set(-1.5);
            } catch {
              // The name is taken.
            }
          }
        });
        const lines = bodies.flatMap((body) => body.split('\n').filter((line) => line !== ''));
        for (const line of lines) expect(line).toMatch(grammar);
        const parts = payloads.flatMap((payload) => payload.parts);
        expect(parts.length + Object.keys(dropped).length).toBe(snapshot.samples.length);
        const zeros = _.startsWith('statsd') ? parts.length : 0;
        expect(lines.length).toBe(parts.length + zeros);
      }),
      { seed, numRuns: 400 },
    );
  });
});
