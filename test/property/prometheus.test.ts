import { LogLinearHistogram, Recorder } from 'circmetrics';
import { prometheus, type RenderOptions } from 'circmetrics/prometheus';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seed } from '../seed.js';
import { text } from '../unit/scraped.js';

/** What breaks formats: separators, quotes, escapes, control characters, lone surrogates, Prometheus' own names. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      '\n',
      '\r',
      '\0',
      '{',
      '}',
      ',',
      '=',
      ' ',
      '#',
      '_',
      ':',
      '1',
      'a',
      '\ud800',
      'é',
    ),
    maxLength: 12,
  }),
  fc.constantFrom(
    '__proto__',
    '__name__',
    'le',
    'quantile',
    '\n# EOF\n',
    '"} 1\nforged 2',
    'a_total',
    'a_bucket',
  ),
);
const filled = hostile.filter((text) => text !== '');

interface Line {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: string;
}

/** One line of a sample, by the grammar; throws where it is none. */
function parseLine(line: string): Line {
  const [whole, name = '', braced = '', value = ''] =
    /^([a-zA-Z_][a-zA-Z0-9_]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)+\})? ([-+\w.]+)$/u.exec(line) ??
    [];
  if (whole === undefined) throw new Error(`not a sample: ${JSON.stringify(line)}`);
  const labels = new Map<string, string>();
  for (const [, label = '', text = ''] of braced.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/gu)) {
    if (labels.has(label)) throw new Error(`two labels ${label}: ${line}`);
    labels.set(
      label,
      text.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped)),
    );
  }
  return { name, labels, value };
}

/** The value of each series: of a histogram its count. Throws where a family is in two pieces or a line is none. */
function parse(document: string, format: 'text' | 'openmetrics'): string[] {
  const lines = document.split('\n');
  expect(lines.pop()).toBe('');
  if (format === 'openmetrics') expect(lines.pop()).toBe('# EOF');
  const seen = new Set<string>();
  const values: string[] = [];
  let family = '';
  let type = '';
  for (const line of lines) {
    if (line.startsWith('#')) {
      const [, kind = '', name = '', text = ''] = /^# (TYPE|HELP|UNIT) ([a-zA-Z_]\w*) (.+)$/.exec(line) ?? [];
      expect(seen, line).not.toContain(`${kind} ${name}`);
      seen.add(`${kind} ${name}`);
      family = name;
      if (kind === 'TYPE') type = text;
      continue;
    }
    const { name, labels, value } = parseLine(line);
    const key = JSON.stringify([name, ...[...labels].sort()]);
    expect(seen, line).not.toContain(key);
    seen.add(key);
    const own =
      { counter: format === 'text' ? '' : '_total', histogram: '_bucket', info: '_info' }[type] ?? '';
    const suffix = name.slice(family.length);
    expect([own, '_sum', '_count', '_created'], line).toContain(suffix);
    expect(name.startsWith(family), line).toBe(true);
    if (suffix === own && (labels.get('le') ?? '+Inf') === '+Inf') values.push(value);
  }
  return values;
}

async function rendered(recorder: Recorder, options: RenderOptions): Promise<[string, number]> {
  const scrape = prometheus(recorder);
  return [await text(scrape, options), scrape.status().leftOut.collision];
}

it('writes each series once or counts it, and nothing else, whatever the host says', async () => {
  const series = fc.record({
    path: fc.array(filled, { maxLength: 2 }),
    name: filled,
    kind: fc.constantFrom('counter', 'gauge', 'histogram', 'text'),
    help: hostile,
    tags: fc.array(fc.tuple(filled, hostile), { maxLength: 4 }),
    text: hostile,
  });
  const format = fc.constantFrom('text' as const, 'openmetrics' as const);
  await fc.assert(
    fc.asyncProperty(fc.array(series, { maxLength: 10 }), format, async (all, format) => {
      const recorder = new Recorder({ onWarning: () => {} });
      const recorded: string[] = [];
      for (const [i, { path, name, kind, help, tags, text }] of all.entries()) {
        let namespace: ReturnType<Recorder['namespace']> = recorder;
        try {
          for (const step of path) namespace = namespace.namespace(step);
          const options = { help, tags: Object.fromEntries(tags) };
          if (kind === 'counter') namespace.counter(name, options).add(i + 2);
          else if (kind === 'gauge') namespace.gauge(name, options).set(i + 2);
          else if (kind === 'histogram') namespace.histogram(name, options).record(0.5, i + 2);
          else namespace.text(name, options).set(text);
          recorded.push(kind === 'text' ? '1' : String(i + 2));
        } catch {
          // A clash with one before; what breaks at construction has tests of its own.
        }
      }
      const [document, collisions] = await rendered(recorder, { format });
      const left = [...recorded];
      for (const value of parse(document, format)) {
        expect(left).toContain(value);
        left.splice(left.indexOf(value), 1);
      }
      expect(left).toHaveLength(collisions);
    }),
    { seed, numRuns: 400 },
  );
});

it('counts at and below each bound what the histogram has in whole bins there', async () => {
  const value = fc.oneof(
    fc.double({ min: -100, max: 100, noNaN: true }),
    fc.integer({ min: -120, max: 120 }).map((n) => n / 10),
    fc.constantFrom(0, 1e-130, -1e-130, 1e127, -1e127),
  );
  const bounds = fc.uniqueArray(fc.oneof(value, fc.double({ min: -1, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 40 }), bounds, async (values, given) => {
      const recorder = new Recorder();
      const histogram = recorder.histogram('h');
      for (const one of values) histogram.record(one);
      const buckets = [...new Set(given.map((bound) => bound + 0))].sort((a, b) => a - b);
      const [document] = await rendered(recorder, { buckets });
      const whole = LogLinearHistogram.fromBytes(histogram.histogram().toBytes());
      for (const [, le = '', count] of document.matchAll(/le="([^"]+)"\} (\d+)/g)) {
        const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
        let below = 0;
        for (const { val, exp, count: samples } of whole.bins()) {
          // Its edge nearest zero: where a negative bin ends, and a positive one begins, which counts as at or below.
          if (Number(`${val}e${exp - 1}`) <= bound) below += samples;
        }
        expect([le, Number(count)]).toEqual([le, below]);
      }
      for (const bound of buckets) {
        // Every bound asked for has one of its own or the next edge above, at most a bin away.
        const ends = [...document.matchAll(/le="([^"]+)"/g)].map(([, le = '']) =>
          le === '+Inf' ? Infinity : Number(le),
        );
        const near = Math.min(
          ...ends.filter((end) => end >= bound - Math.max(Math.abs(bound) * 1e-13, 1e-128)),
        );
        expect(near - bound).toBeLessThanOrEqual(Math.max(Math.abs(bound) * 0.1000001, 1e-127));
      }
    }),
    { seed, numRuns: 300 },
  );
});
