// Names and numbers that lines, labels and keys could not tell apart, or that a reader could not read.
import { Recorder } from 'circmetrics';
import { circonus, circonusPull, toJson } from 'circmetrics/circonus';
import { graphite } from 'circmetrics/graphite';
import { prometheus } from 'circmetrics/prometheus';
import { statsd } from 'circmetrics/statsd';
import { describe, expect, it } from 'vitest';
import { written } from './written.js';

const trap = () => circonus({ url: 'http://127.0.0.1:1/module/httptrap/a/b' });
const linesOf = ({ bodies }: { bodies: readonly string[] }) =>
  bodies.flatMap((body) => body.split('\n')).filter((line) => line !== '');

describe('quantiles in names', () => {
  const qs = [0, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.999, 0.9999, 1];
  const names = ['p0', 'p0_5', 'p1', 'p2_5', 'p5', 'p10', 'p25', 'p50', 'p999', 'p9999', 'p100'];

  it.each([
    ['statsd', () => statsd({ quantiles: qs })],
    ['graphite', () => graphite({ statistics: qs })],
  ])('are different at %s', (_, make) => {
    const lines = linesOf(written(make(), (recorder) => recorder.timer('t').record(1)));
    expect(lines.flatMap((line) => /^t\.(p[\d_]+)\b/.exec(line)?.[1] ?? [])).toEqual(names);
  });

  it('keep all that a list of per milles has apart', () => {
    const list = Array.from({ length: 1001 }, (_, i) => i / 1000);
    expect(() => [graphite({ statistics: list }), statsd({ quantiles: list })]).not.toThrow();
  });
});

describe('a prefix', () => {
  it.each(['web1', 'web1.', '.web1..'])('%s is followed by one dot', (prefix) => {
    const fill = (recorder: Recorder) => recorder.counter('calls').add();
    expect(linesOf(written(statsd({ prefix }), fill))).toEqual(['web1.calls:1|c']);
    expect(linesOf(written(statsd({ prefix, dialect: 'dogstatsd' }), fill))).toEqual(['web1.calls:1|c']);
    expect(linesOf(written(graphite({ prefix }), fill))).toEqual(['web1.calls 1 1700000000']);
  });

  it('is no prefix where it is nothing but dots', () => {
    expect(linesOf(written(statsd({ prefix: '.' }), (recorder) => recorder.counter('calls').add()))).toEqual([
      'calls:1|c',
    ]);
  });

  it('and names have something between each two dots', () => {
    const lines = linesOf(
      written(statsd(), (recorder) => {
        for (const name of ['.a', 'a.', 'a...b', '.']) recorder.counter(name).add();
      }),
    );
    expect(lines).toEqual(['_.a:1|c', 'a._:1|c', 'a._._.b:1|c', '_._:1|c']);
  });
});

describe('statistics', () => {
  it.each(['first', 'last'])('that another metric has the name of are not sent twice (%s)', (place) => {
    const { bodies, dropped } = written(statsd(), (recorder) => {
      if (place === 'first') recorder.counter('t.count').add(7);
      recorder.timer('t').record(1);
      if (place === 'last') recorder.counter('t.count').add(7);
    });
    expect(linesOf({ bodies }).filter((line) => line.startsWith('t.count'))).toEqual([
      place === 'first' ? 't.count:7|c' : 't.count:1|c',
    ]);
    expect(dropped).toEqual(place === 'first' ? { t: 'collision' } : { 't.count': 'collision' });
  });
});

describe('numbers', () => {
  const values: [number, string][] = [
    [1e-7, '0.0000001'],
    [-1.5e-9, '-0.0000000015'],
    [5e-324, `0.${'0'.repeat(323)}5`],
    [1e21, `1${'0'.repeat(21)}`],
    [-1.25e22, `-125${'0'.repeat(20)}`],
    [123_456.75, '123456.75'],
  ];

  it.each(values)('%d has no exponent in a line', (value, text) => {
    const gauge = (recorder: Recorder) => recorder.gauge('g').set(value);
    expect(linesOf(written(graphite(), gauge))).toEqual([`g ${text} 1700000000`]);
    expect(linesOf(written(statsd({ dialect: 'dogstatsd' }), gauge))).toEqual([`g:${text}|g`]);
    expect(linesOf(written(statsd(), gauge)).at(-1)).toBe(`g:${text}|g`);
    if (value < 0) return;
    const counter = (recorder: Recorder) => recorder.counter('c').add(value);
    expect(linesOf(written(statsd(), counter))).toEqual([`c:${text}|c`]);
    expect(linesOf(written(graphite(), counter))).toEqual([`c ${text} 1700000000`]);
  });

  it.each([1e-9, 1e24])('of a distribution of %d have none either', (value) => {
    const fill = (recorder: Recorder) => recorder.histogram('h').record(value, 3);
    for (const backend of [
      graphite(),
      statsd(),
      statsd({ distributions: 'ms' }),
      statsd({ dialect: 'dogstatsd' }),
    ]) {
      const lines = linesOf(written(backend, fill));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).not.toMatch(/\de[+-]?\d/);
    }
  });

  it('of a summary carry the time where asked', () => {
    const lines = linesOf(
      written(statsd({ dialect: 'dogstatsd', distributions: 'summary', timestamps: true }), (recorder) => {
        recorder.timer('t', { tags: { a: 'b' } }).record(1);
        recorder.counter('c').add();
      }),
    );
    expect(lines).toHaveLength(10);
    for (const line of lines) expect(line).toMatch(/\|T1700000000$/);
  });
});

describe('a tag', () => {
  const long = 'ü'.repeat(65_000);
  const fill = (recorder: Recorder): void => {
    recorder.counter('before').add();
    recorder.counter('long', { tags: { t: long } }).add();
    recorder.counter('key', { tags: { [long]: 't' } }).add();
    recorder.counter('huge', { tags: { t: '\u{1F600}'.repeat(300_000) } }).add();
    recorder.counter('after').add();
  };

  it('that is too long for a broker leaves its own series out, and nothing else', async () => {
    const { bodies, dropped } = written(trap(), fill);
    expect(Object.keys(JSON.parse(bodies.join('')))).toEqual(['before', 'after']);
    expect(dropped).toEqual({ long: 'tag_too_long', key: 'tag_too_long', huge: 'tag_too_long' });
    const recorder = new Recorder({ onWarning: () => {} });
    fill(recorder);
    const pull = circonusPull(recorder, { access: false });
    const reply = await pull.fetch(new Request('http://localhost/'));
    expect([reply.status, Object.keys(JSON.parse(await reply.text()))]).toEqual([200, ['before', 'after']]);
    expect(pull.status().leftOut).toEqual({ tag_too_long: 3 });
    expect(Object.keys(JSON.parse(toJson(recorder.snapshot(), { tagged: true })))).toHaveLength(5);
  });

  it('of 256 bytes is taken, and one of 257 is not', () => {
    const of = (length: number) =>
      written(trap(), (recorder) => recorder.counter('c', { tags: { t: 'x'.repeat(length - 2) } }).add());
    expect(of(256).dropped).toEqual({});
    expect(of(257).dropped).toEqual({ c: 'tag_too_long' });
  });

  it('of more than 200 characters is too long for Datadog, not for other daemons', () => {
    const tagged = (recorder: Recorder) => recorder.counter('c', { tags: { t: 'x'.repeat(199) } }).add();
    expect(written(statsd({ dialect: 'dogstatsd' }), tagged).dropped).toEqual({ c: 'tag_too_long' });
    expect(linesOf(written(statsd({ tags: true }), tagged))).toEqual([`c:1|c|#t:${'x'.repeat(199)}`]);
  });
});

describe('keys of JSON documents', () => {
  it('stand once, whatever has the same name', () => {
    const recorder = new Recorder();
    for (const path of ['a', 'b', 'c']) recorder.namespace(path).counter('calls').add();
    recorder.namespace('d').counter('other', { taggedName: 'calls' }).add();
    recorder.counter('f|ST[]').add();
    recorder.counter('a`f').add();
    recorder
      .namespace('a')
      .counter('f', { tagNames: ['t'] })
      .with({ t: 1 })
      .add();
    recorder.namespace('a').counter('f|ST[t:1]').add();
    const snapshot = recorder.snapshot();
    for (const options of [{ tagged: true }, { tagged: true, simple: true }, {}, { simple: true }]) {
      const text = toJson(snapshot, options);
      const leaves = (value: object): number =>
        Object.values(value).reduce(
          (sum, one) => sum + (typeof one === 'number' || '_type' in one ? 1 : leaves(one)),
          0,
        );
      expect(leaves(JSON.parse(text))).toBe(snapshot.samples.length);
    }
    const keys = Object.keys(JSON.parse(toJson(snapshot, { tagged: true })));
    expect(keys.filter((key) => key.includes('calls') || key.includes('other'))).toEqual([
      'calls|ST[]',
      'b`calls|ST[]',
      'c`calls|ST[]',
      'd`other|ST[]',
    ]);
  });
});

describe('labels', () => {
  it('never begin with two underscores, which are for Prometheus itself', async () => {
    const recorder = new Recorder();
    const names = ['_', '__', '___', 'é', 'éé', '::', '_1', '__name__', '9', '__é'];
    for (const [i, name] of names.entries()) {
      const n = recorder.namespace(`n${i}`);
      n.text(name, { tags: { [name]: 'x' } }).set('v');
      n.text('_'.repeat(i + 3), { tags: Object.fromEntries(names.map((one) => [one, 'x'])) }).set('v');
    }
    let text = '';
    for await (const chunk of prometheus(recorder).render()) text += chunk;
    const labels = [...text.matchAll(/[{,]([^=",{]+)="/g)].map(([, label]) => label);
    expect(labels.length).toBeGreaterThan(20);
    for (const label of labels) expect(label).not.toMatch(/^__/);
  });
});
