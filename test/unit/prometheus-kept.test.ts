import { Recorder } from 'circmetrics';
import { prometheus } from 'circmetrics/prometheus';
import { describe, expect, it } from 'vitest';
import { samples, text } from './scraped.js';

const newRecorder = (): Recorder =>
  new Recorder({ maxSeries: 100_000, clock: { now: () => 1e12 }, onWarning: () => {} });

describe('numbers', () => {
  const edges = [0, 9, 10, 99, 100, 999, 1e3, 9999, 1e4, 99_999, 1e5, 1e6, 1e7, 1e8, 999_999_999, 1e9];
  const numbers = [
    ...edges,
    ...[2 ** 31 - 1, 2 ** 31, 2 ** 32, 1_000_000_007, 12_000_000_034, 2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2],
    ...[-1, -2147483648, -2147483649, -1e9, -(2 ** 53), -1e21, 0.1, -2.5e-7, 1e20, 1e21, 123_456_789.25],
  ];

  it.each(numbers)('are as JavaScript writes them: %d', async (number) => {
    const recorder = newRecorder();
    recorder.gauge('x').set(number);
    expect(await text(prometheus(recorder))).toMatch(
      new RegExp(`\nx ${String(number).replace('+', '\\+')}\n$`),
    );
  });

  it('have no negative zero', async () => {
    const recorder = newRecorder();
    recorder.gauge('x').set(-0);
    expect(await samples(prometheus(recorder))).toEqual(['x 0']);
  });
});

describe('texts of any length', () => {
  // Around what is kept in one block, and what is written at once.
  it.each([4, 65_000, 65_536, 70_000, 300_000])('are whole: %d characters', async (length) => {
    const recorder = newRecorder();
    const plain = 'x'.repeat(length);
    const wide = 'ü€😀'.repeat(length / 4);
    // Longer texts are cut.
    const words = wide.slice(0, 200);
    recorder.gauge('before').set(1);
    recorder.gauge('plain', { tags: { plain } }).set(2);
    recorder.counter('wide', { tags: { wide }, help: wide }).add(3);
    recorder.text('words').set(words);
    recorder.timer('timer', { tags: { wide }, buckets: [1] }).record(0.5);
    const scrape = prometheus(recorder);
    const expected = [
      'before 1',
      `plain{plain="${plain}"} 2`,
      `wide_total{wide="${wide}"} 3`,
      `words_info{words="${words}"} 1`,
      `timer_seconds_bucket{wide="${wide}",le="1.0"} 1`,
      `timer_seconds_bucket{wide="${wide}",le="+Inf"} 1`,
      `timer_seconds_sum{wide="${wide}"} 0.5`,
      `timer_seconds_count{wide="${wide}"} 1`,
    ];
    const sorted = expected.toSorted();
    expect((await samples(scrape)).toSorted()).toEqual(sorted);
    expect((await samples(scrape)).toSorted()).toEqual(sorted);
    expect(await text(scrape)).toContain(`# HELP wide_total ${wide}\n`);
  });
});

describe('a render that goes on while numbers do', () => {
  it('shows histograms as they were, though they grow and end', async () => {
    const recorder = newRecorder();
    const filler = recorder.gauge('a_filler', { tagNames: ['n'], maxSeries: 5000 });
    for (let n = 0; n < 5000; n++) filler.with({ n });
    const family = recorder.histogram('h', { tagNames: ['n'], buckets: [-1, 0, 1, 1000] });
    // In an odd order, and of both signs.
    for (const value of [500, -3, 0, 1e-5, 0.5]) family.with({ n: 'kept' }).record(value);
    family.with({ n: 'ended' }).record(2);
    const lines: string[] = [];
    for await (const chunk of prometheus(recorder).render()) {
      if (lines.length === 0) {
        for (const value of [-700, 1e5, 1e-9, 0, 500, 0.7]) family.with({ n: 'kept' }).record(value, 10);
        family.remove({ n: 'ended' });
        // Takes the cells that were let go.
        family.with({ n: 'new' }).record(2, 7);
      }
      lines.push(...chunk.split('\n').filter((line) => line.startsWith('h_')));
    }
    const label = 'n="kept"';
    expect(lines.filter((line) => line.includes(label))).toEqual([
      `h_bucket{${label},le="-1.0"} 1`,
      `h_bucket{${label},le="0.0"} 2`,
      `h_bucket{${label},le="1.0"} 4`,
      `h_bucket{${label},le="1000.0"} 5`,
      `h_bucket{${label},le="+Inf"} 5`,
      `h_sum{${label}} ${0.5 + 1e-5 + 500 - 3}`,
      `h_count{${label}} 5`,
    ]);
    expect(lines.filter((line) => line.includes('_count{n="ended"'))).toEqual(['h_count{n="ended"} 1']);
    expect(lines.filter((line) => line.includes('"new"'))).toEqual([]);
  });

  it('can be one of two, of different age', async () => {
    const recorder = newRecorder();
    const family = recorder.counter('c', { tagNames: ['n'], maxSeries: 20_000 });
    for (let n = 0; n < 10_000; n++) family.with({ n }).add(1);
    const scrape = prometheus(recorder);
    const [first, second] = [scrape.render(), scrape.render({ format: 'openmetrics' })];
    let one = String((await first.next()).value);
    // Other series of the same ids, and more families.
    family.clear();
    for (let n = 0; n < 12_000; n++) family.with({ n: `x${n}` }).add(2);
    recorder.gauge('c.x').set(1);
    let two = String((await second.next()).value);
    for await (const chunk of second) two += chunk;
    for await (const chunk of first) one += chunk;
    expect(one.match(/^c_total\{n="\d+"\} 1$/gm)).toHaveLength(10_000);
    expect(two.match(/^c_total\{n="x\d+"\} 2$/gm)).toHaveLength(12_000);
    expect(one).not.toContain('x');
    expect(two).toContain('\nc_x 1\n');
  });
});

describe('what is kept of series', () => {
  it('is never another’s, whichever of them come and go', async () => {
    const recorder = newRecorder();
    const family = recorder.counter('c', { tagNames: ['n'], maxSeries: 20_000 });
    const scrape = prometheus(recorder);
    // More replacements than are ever let be.
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 6000; n++) family.with({ n: `${round}.${n}` }).add(n);
      const lines = await samples(scrape, { format: round % 2 === 0 ? 'text' : 'openmetrics' });
      const expected = Array.from({ length: 6000 }, (_, n) => `c_total{n="${round}.${n}"} ${n}`);
      expect(lines.filter((line) => line.startsWith('c_total')).toSorted()).toEqual(expected.toSorted());
      expect(lines).toHaveLength(round % 2 === 0 ? 6000 : 12_000);
      family.clear();
    }
  });

  it('goes by the buckets that are asked for', async () => {
    const recorder = newRecorder();
    recorder.histogram('h').record(3);
    const scrape = prometheus(recorder);
    for (let i = 0; i < 3; i++) {
      for (const bound of [1, 5]) {
        const count = bound === 5 ? 1 : 0;
        expect(await samples(scrape, { buckets: [bound] })).toEqual([
          `h_bucket{le="${bound}.0"} ${count}`,
          'h_bucket{le="+Inf"} 1',
          'h_sum 3',
          'h_count 1',
        ]);
      }
    }
  });

  it('keeps series apart whose labels become the same, though families come before theirs', async () => {
    const recorder = newRecorder();
    const early = recorder.gauge('early', { tagNames: ['n'] });
    const middle = recorder.gauge('middle', { tagNames: ['x', 'y'] });
    const late = recorder.gauge('late', { tagNames: ['n'] });
    middle.with({ x: 'a', y: '' }).set(1);
    middle.with({ x: 'a,', y: '' }).set(2);
    const joined = recorder.gauge('joined', { tagNames: ['x-y', 'x.y'] });
    joined.with({ 'x-y': 'p', 'x.y': '' }).set(3);
    joined.with({ 'x-y': '', 'x.y': 'p' }).set(4);
    const scrape = prometheus(recorder);
    const expected = ['middle{x="a"} 1', 'middle{x="a,"} 2', 'joined{x_y="p"} 3'];
    expect((await samples(scrape)).toSorted()).toEqual(expected.toSorted());
    expect(scrape.status().leftOut.collision).toBe(1);
    late.with({ n: 1 }).set(5);
    early.with({ n: 1 }).set(6);
    expect((await samples(scrape)).toSorted()).toEqual(
      [...expected, 'late{n="1"} 5', 'early{n="1"} 6'].toSorted(),
    );
    expect(scrape.status().leftOut.collision).toBe(1);
  });
});

describe('families of many metrics', () => {
  it('are in one piece each, longer than what is written at once', async () => {
    const recorder = newRecorder();
    const tags = { filler: 'f'.repeat(100) };
    for (let n = 0; n < 2000; n++) {
      recorder.counter(`a${n}`, { taggedName: 'even', tags: { ...tags, n } }).add(n);
      recorder.counter(`b${n}`, { taggedName: 'odd', tags: { ...tags, n } }).add(n);
      recorder.counter(`c${n}`).add(n);
    }
    const scrape = prometheus(recorder);
    const families = (await text(scrape)).split('# HELP ').filter((family) => family !== '');
    expect(families).toHaveLength(2002);
    for (const name of ['even', 'odd']) {
      const family = families.filter((one) => one.startsWith(`${name}_total `));
      expect(family).toHaveLength(1);
      expect(family[0]?.match(/ \d+$/gm)).toEqual(Array.from({ length: 2000 }, (_, n) => ` ${n}`));
    }
    expect((await samples(scrape, { names: ['even_total'] })).length).toBe(2000);
    expect(await samples(scrape, { names: ['c7', 'c1999_total'] })).toEqual([
      'c7_total 7',
      'c1999_total 1999',
    ]);
  });
});
