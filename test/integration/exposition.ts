// A recorder of 5,000 hostile series, and what a reader of its exposition has to find.
import { Recorder } from 'circmetrics';
import { seeded } from '../../bench/harness.js';

/** A sample: its name and labels as one text, so that two can be compared. */
export type Key = string;

export function keyOf(name: string, labels: Readonly<Record<string, string>>): Key {
  return JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

const pieces = [
  '"',
  '\\',
  '\n',
  ',',
  '{',
  '}',
  '=',
  ' ',
  '#',
  'é',
  '😀',
  '\t',
  '\\n',
  '# EOF',
  '\u2028',
  "'",
  'a',
  '0',
];

export interface Hostile {
  readonly recorder: Recorder;
  /** What samples there have to be, of counters, gauges, texts, and the totals of histograms. */
  readonly expected: ReadonlyMap<Key, number>;
}

/** 2,000 counters, 2,000 gauges, 500 histograms and 500 texts, with helps and tags that break formats. */
export function hostileRecorder(seed: number): Hostile {
  const random = seeded(seed);
  // Its number makes each text a different one.
  const text = (n: number): string =>
    `${n}${Array.from({ length: Math.floor(random() * 8) }, () => pieces[Math.floor(random() * pieces.length)]).join('')}`;
  const recorder = new Recorder({ onWarning: () => {} });
  const expected = new Map<Key, number>();
  const labelled = (n: number) => {
    const tags = { zone: text(n), 'a-b.c': text(n), le: text(n) };
    return { tags, labels: { zone: tags.zone, a_b_c: tags['a-b.c'], le_: tags.le } };
  };
  const tagNames = ['zone', 'a-b.c', 'le'] as const;
  const calls = recorder.counter('calls', { help: `Help ${text(0)}`, tagNames });
  const depth = recorder.gauge('depth', { help: text(1), unit: 'bytes', tagNames });
  const latency = recorder.timer('latency', { help: `\\${text(2)}"\n`, tagNames });
  const version = recorder.text('version', { tagNames });
  for (let n = 0; n < 2000; n++) {
    const { tags, labels } = labelled(n);
    calls.with(tags).add(n * 1.5);
    expected.set(keyOf('calls_total', labels), n * 1.5);
    depth.with(tags).set(n * -1e-7);
    expected.set(keyOf('depth_bytes', labels), n * -1e-7);
    if (n % 4 > 0) continue;
    const timer = latency.with(tags);
    let sum = 0;
    for (let i = 0; i < n % 7; i++) {
      timer.record(n / 1000);
      sum += n / 1000;
    }
    expected.set(keyOf('latency_seconds_count', labels), n % 7);
    expected.set(keyOf('latency_seconds_sum', labels), sum);
    expected.set(keyOf('latency_seconds_bucket', { ...labels, le: '+Inf' }), n % 7);
    const told = text(n);
    version.with(tags).set(told);
    expected.set(keyOf('version_info', { ...labels, version: told }), 1);
  }
  return { recorder, expected };
}
