// What the demo shows, and how it judges, from states made up here.
import { describe, expect, it } from 'vitest';
import { arrivals, totals } from '../../demo/arrivals.js';
import { axisLabels, sparkline } from '../../demo/sparkline.js';
import { plain, table } from '../../demo/table.js';
import { countRequest, countSample, newTally, type Tally } from '../../demo/tally.js';
import { type Bin, type Bins, decodeBinString, edgeOf } from '../../demo/trap/bins.js';
import type { Submission } from '../../demo/trap/reader.js';
import { type Received, store } from '../../demo/trap/state.js';
import { verdict } from '../../demo/verdict.js';

const AXIS = { from: -3, to: 0, decade: 8 };
const START = 1_700_000_000_000;

const bins = (...texts: string[]): Bins =>
  new Map(texts.map((text) => decodeBinString(text) as Bin).map((bin) => [edgeOf(bin), bin]));

/** A trap's state after these metrics came in: name, type, value. */
function received(...metrics: [name: string, type: string, value: string | string[], at?: number][]) {
  const state = new Map<string, Received>();
  for (const [name, type, value, at] of metrics) {
    const values = Array.isArray(value) ? value : [value];
    const submission: Submission = { name, type, values, at, accumulate: false };
    expect(store(state, submission, START)).toBe(true);
  }
  return state;
}

describe('the sparkline', () => {
  it('has a logarithmic axis, a column for each eighth of a decade', () => {
    expect(sparkline(bins('H[0.001]=1'), AXIS)).toBe(`█${' '.repeat(23)}`);
    expect(sparkline(bins('H[0.001]=4', 'H[0.01]=4', 'H[0.1]=4'), AXIS)).toBe('█       █       █       ');
    expect(axisLabels(AXIS)).toBe('1 ms    10 ms   100 ms  1 s');
    expect(axisLabels({ from: -5, to: 1, decade: 8 })).toBe(
      '10 µs   100 µs  1 ms    10 ms   100 ms  1 s     10 s',
    );
  });

  it('shows any sample, however few, and none where there is none', () => {
    expect(sparkline(bins('H[0.001]=1000000', 'H[0.1]=1'), AXIS)).toBe(`█${' '.repeat(15)}▁${' '.repeat(7)}`);
    expect(sparkline(bins(), AXIS)).toBe(' '.repeat(24));
  });

  it('puts what lies beyond an end into the column at that end', () => {
    expect(sparkline(bins('H[0]=1', 'H[-5]=1', 'H[1e-9]=2', 'H[70]=4'), AXIS)).toBe(`█${' '.repeat(22)}█`);
  });

  it('gives each column its part of a bin that reaches over several', () => {
    const fine = { from: -3, to: -2, decade: 100 };
    const line = sparkline(bins('H[0.001]=8'), fine);
    // A tenth above 1 ms: 4.1 of a hundred columns.
    expect(line).toMatch(/^████▂ +$/);
    expect(line).toHaveLength(100);
  });
});

describe('the table', () => {
  const state = received(
    ['http`requests|ST[app:shop,route:/,status:200,units:requests]', 'L', '150', START + 2_000],
    ['http`requests|ST[app:shop,route:/,status:503,units:requests]', 'L', '30', START + 2_000],
    ['http`latency|ST[app:shop,route:/,units:seconds]', 'H', ['H[0.012]=100', 'H[0.34]=80']],
    ['http`requests|ST[app:shop,route:b"L2l0ZW1zL3tpZH0=",status:200]', 'L', '20', START + 2_000],
  );
  const before = { at: START, requests: new Map([['/', 100]]), errors: new Map([['/', 10]]) };
  const lines = table(
    'second 2',
    'last second',
    arrivals(state, ['/', '/items/{id}'], before),
    'foot',
    plain,
  );

  it('tells rates by the sender’s clock, and quantiles in milliseconds', () => {
    expect(lines).toEqual([
      'second 2       last second   latency in ms, since the start',
      'route         req/s  err/s    p50   p90   p99 p99.9  1 ms    10 ms   100 ms  1 s',
      '/                40   10.0   12.9   348   350   350          █           ▇',
      '/items/{id}      10    0.0      –     –     –     –',
      'all              50   10.0   12.9   348   350   350          █           ▇',
      'foot',
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('sums up by route', () => {
    expect(totals(state)).toEqual({
      at: START + 2_000,
      requests: new Map([
        ['/', 180],
        ['/items/{id}', 20],
      ]),
      errors: new Map([
        ['/', 30],
        ['/items/{id}', 0],
      ]),
    });
  });
});

describe('the verdict', () => {
  function tallied(): Tally {
    const tally = newTally();
    tally.version = 'v1';
    for (const status of ['200', '200', '503']) {
      countRequest(tally, '/', status);
      countSample(tally, '/', 'latencies');
      countSample(tally, '/', 'sizes');
    }
    return tally;
  }
  const whole: Parameters<typeof received> = [
    ['http`requests|ST[route:/,status:200]', 'L', '2'],
    ['http`requests|ST[route:/,status:503]', 'L', '1'],
    ['http`latency|ST[route:/,units:seconds]', 'H', ['H[0.1]=3']],
    ['http`response_size|ST[route:/]', 'H', ['H[100]=2', 'H[200]=1']],
    // Made ahead of time, and nothing in it.
    ['http`response_size|ST[route:/search]', 'H', 'AAA='],
    ['http`in_flight', 'n', '0'],
    ['version', 's', 'v1'],
  ];

  it('is content when everything arrived', () => {
    expect(verdict(tallied(), received(...whole))).toEqual({
      equal: true,
      words: 'What arrived equals what was recorded: 3 requests in 2 series, 6 samples in 2 histograms.',
    });
  });

  it('lists what was lost, what came twice, and what came from nowhere', () => {
    const state = received(
      ...whole.filter(([name]) => !name.includes('latency')),
      ['http`requests|ST[route:/,status:503]', 'L', '2'],
      ['http`requests|ST[route:/admin,status:200]', 'L', '1'],
      ['version', 's', 'v2'],
    );
    expect(verdict(tallied(), state)).toEqual({
      equal: false,
      words: [
        'What arrived differs from what was recorded:',
        '  http`requests / 503: recorded 1, arrived 2',
        '  http`latency /: recorded 3, arrived nothing',
        '  version: recorded v1, arrived v2',
        '  http`requests /admin 200: recorded nothing, arrived 1',
      ].join('\n'),
    });
  });
});
