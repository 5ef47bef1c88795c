// Documents as other people's parsers read them: promtool, Prometheus' Python client, Pushgateway and an npm package.
import { Recorder } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import { type PrometheusScrape, prometheus } from 'circmetrics/prometheus';
import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import { afterAll, describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { text } from '../unit/scraped.js';
import { hostileRecorder, type Key, keyOf } from './exposition.js';
import { converse, describeWith, freePort, python, pythonModule, start, stopAll, until } from './peers.js';

/** What of `found` is not as expected, a few at most. */
function differences(found: ReadonlyMap<Key, number>, expected: ReadonlyMap<Key, number>): string[] {
  const wrong = [...expected].filter(([key, value]) => found.get(key) !== value);
  return wrong.slice(0, 5).map(([key, value]) => `${key} is ${found.get(key)} in place of ${value}`);
}

/** A recorder whose names are as bad as can be. */
function badlyNamed(): Recorder {
  const recorder = new Recorder({ onWarning: () => {} });
  const names = [
    '',
    ' ',
    '\n# EOF',
    '"',
    '9',
    'é',
    '😀',
    '__',
    ':',
    'a{b="c"} 1\nforged 2',
    '\0',
    '\ud800',
    '_total',
    '_bucket',
  ];
  for (const [i, name] of names.entries()) {
    recorder.counter(`c${name}`, { help: '\0\r\n' }).add(i);
    recorder
      .namespace(`${name}n`)
      .gauge(`g${name}`, { tags: { [`t${name}`]: name } })
      .set(i);
    recorder.histogram(`h${name}`).record(i);
    recorder.text(`t${name}`).set(name);
  }
  return recorder;
}

/** A recorder of this process' metrics. */
function measured(): Recorder {
  const recorder = new Recorder();
  undone.push(processMetrics(recorder));
  return recorder;
}
const undone: (() => void)[] = [];
afterAll(() => {
  for (const undo of undone) undo();
});

describeWith(['promtool'], 'prometheus', 'promtool', () => {
  const check = async (document: string): Promise<[number | null, string]> => {
    const { code, stdout, stderr } = await converse('promtool', ['check', 'metrics'], document);
    return [code, stdout + stderr];
  };

  it('finds nothing in 5,000 series with hostile helps and tags', async () => {
    const scrape = prometheus(hostileRecorder(seed).recorder);
    expect(await check(await text(scrape))).toEqual([0, '']);
    expect(scrape.status().leftOut).toEqual({ no_value: 0, collision: 0, suppressed: 0 });
  });

  it('finds nothing in the process metrics, not in the names that prom-client gave three gauges either', async () => {
    const document = await text(prometheus(measured()));
    expect(document).toContain('# TYPE nodejs_active_handles_total untyped\n');
    expect(await check(document)).toEqual([0, '']);
  });

  it('finds nothing but the host’s names where these are hostile', async () => {
    const [, complaints] = await check(await text(prometheus(badlyNamed())));
    const others = complaints
      .split('\n')
      .filter((line) => line !== '' && !/should not (have|include|contain)|should be written in/.test(line));
    expect(others).toEqual([]);
  });
});

describeWith(
  [pythonModule('prometheus_client')],
  'python3-prometheus-client',
  "Prometheus' Python client",
  () => {
    const program = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.buffer.read().decode('utf8')):
    for sample in family.samples:
        print(json.dumps([family.type, family.unit, sample.name, sample.labels, sample.value]))
`;
    type Row = [type: string, unit: string, name: string, labels: Record<string, string>, value: number];
    const read = async (scrape: PrometheusScrape): Promise<Row[]> => {
      const document = await text(scrape, { format: 'openmetrics' });
      const { code, stdout, stderr } = await converse(python, ['-c', program], document);
      expect([code, stderr]).toEqual([0, '']);
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row);
    };

    it('reads every sample of 5,000 hostile series as OpenMetrics, with its value', async () => {
      const { recorder, expected } = hostileRecorder(seed);
      const rows = await read(prometheus(recorder));
      expect(
        differences(new Map(rows.map(([, , name, labels, value]) => [keyOf(name, labels), value])), expected),
      ).toEqual([]);
      expect(new Set(rows.map(([type, unit]) => `${type} ${unit}`))).toEqual(
        new Set(['counter ', 'gauge bytes', 'histogram seconds', 'info ']),
      );
      const created = rows.filter(([, , name]) => name.endsWith('_created'));
      expect(created).toHaveLength(2500);
      for (const [, , , , at] of created) expect(Math.abs(at - Date.now() / 1000)).toBeLessThan(300);
    });

    it('reads the process metrics', async () => {
      const rows = await read(prometheus(measured()));
      expect(rows).toContainEqual(['unknown', '', 'nodejs_active_handles_total', {}, expect.any(Number)]);
      expect(rows).toContainEqual([
        'counter',
        'seconds',
        'process_cpu_seconds_total',
        {},
        expect.any(Number),
      ]);
    });

    it('reads summaries, negative buckets, and whatever the host calls things', async () => {
      const recorder = badlyNamed();
      recorder.histogram('negative', { buckets: [-2, -1.25, 0, 1e-5, 123456, 1e6, 1e10] }).record(-1.5);
      recorder.histogram('negative_only').record(-1.5);
      expect(await read(prometheus(recorder))).not.toEqual([]);
      expect(await read(prometheus(recorder, { quantiles: [0, 0.001, 0.5, 0.99, 1] }))).not.toEqual([]);
    });
  },
);

/** Reads text 0.0.4 with the npm package `parse-prometheus-text-format`. */
function parsed(document: string): Map<Key, number> {
  // Without types, because it makes one of all histograms of a family, whatever their labels.
  const samples = document.replace(/^# TYPE .*\n/gm, '');
  const found = new Map<Key, number>();
  for (const { name, metrics } of parsePrometheusTextFormat(samples) ?? []) {
    for (const { value, labels = {} } of metrics) found.set(keyOf(name, labels), Number(value));
  }
  return found;
}

describe('the npm package parse-prometheus-text-format', () => {
  it('reads every sample of 5,000 hostile series, with its value', async () => {
    const { recorder, expected } = hostileRecorder(seed);
    expect(differences(parsed(await text(prometheus(recorder))), expected)).toEqual([]);
  });
});

describeWith(['prometheus-pushgateway'], 'prometheus-pushgateway', 'Pushgateway', () => {
  afterAll(stopAll);

  it('takes 5,000 hostile series, and gives each back with its value', async () => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    start('prometheus-pushgateway', [`--web.listen-address=127.0.0.1:${port}`, '--log.level=error']);
    await until('Pushgateway', async () => (await fetch(`${origin}/-/ready`)).ok);
    const { recorder, expected } = hostileRecorder(seed);
    const body = await text(prometheus(recorder));
    const pushed = await fetch(`${origin}/metrics/job/hostile`, { method: 'PUT', body });
    expect([pushed.status, await pushed.text()]).toEqual([200, '']);
    const second = await fetch(`${origin}/metrics/job/bad`, {
      method: 'PUT',
      body: await text(prometheus(badlyNamed())),
    });
    expect([second.status, await second.text()]).toEqual([200, '']);
    const back = await (await fetch(`${origin}/metrics`)).text();
    const mine = new Map(
      [...parsed(back)].map(([key, value]) => {
        const [name, ...labels] = JSON.parse(key) as [string, ...[string, string][]];
        return [
          keyOf(
            name,
            Object.fromEntries(labels.filter(([label]) => label !== 'job' && label !== 'instance')),
          ),
          value,
        ];
      }),
    );
    expect(differences(mine, expected)).toEqual([]);
  });
});
