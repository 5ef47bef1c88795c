import { readFileSync } from 'node:fs';
import { Recorder } from 'circmetrics';
import { toJson } from 'circmetrics/circonus';
import { describe, expect, it } from 'vitest';

// What libcircmetrics, the C library, wrote for 60 generated recorders: see README.md in this folder.

type Operation = readonly [string, ...(readonly (string | number)[])];

interface Scenario {
  namespaces: { path: string[]; addTags: [string, string][]; replaceTags: [string, string][] }[];
  metrics: {
    path: string[];
    name: string;
    type: string;
    tags: [string, string][];
    taggedName: string | null;
    taggedSuppressed: boolean;
    ops: Operation[];
  }[];
  json: unknown;
  jsonSimple: unknown;
  jsonTagged: unknown;
}

/** Parses JSON and keeps integers of 16 digits and more, which a double cannot hold, as strings. */
function parseExact(text: string): unknown {
  return JSON.parse(text.replace(/([:[,]\s*)(-?\d{16,})(?=\s*[,}\]])/g, '$1"$2"'));
}

/** `H[1.2e+08]=3` and `H[1.2e8]=3` are the same entry: compares them as pairs of numbers. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((entry: string) => {
      const [, edge, count] = /^H\[(.+)\]=(\d+)$/.exec(entry) ?? [];
      return [Number(edge), Number(count)];
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normal(member)]));
}

function build({ namespaces, metrics }: Scenario): Recorder {
  const recorder = new Recorder();
  const at = (path: readonly string[]) =>
    path.reduce((parent, name) => parent.namespace(name), recorder as ReturnType<Recorder['namespace']>);
  for (const { path, addTags, replaceTags } of namespaces) {
    const namespace = at(path);
    for (const [category, value] of addTags) namespace.addTag(category, value);
    for (const [category, value] of replaceTags) namespace.replaceTag(category, value);
  }
  for (const { path, name, type, tags, taggedName, taggedSuppressed, ops } of metrics) {
    const values: Record<string, string[]> = {};
    for (const [category, value] of tags) values[category] = [...(values[category] ?? []), value];
    const options = {
      tags: values,
      ...(taggedSuppressed ? { taggedName: false as const } : taggedName !== null ? { taggedName } : {}),
    };
    run(at(path), name, type, options, ops);
  }
  return recorder;
}

function run(
  namespace: ReturnType<Recorder['namespace']>,
  name: string,
  type: string,
  options: object,
  ops: readonly Operation[],
): void {
  if (type === 'counter') {
    const counter = namespace.counter(name, options);
    for (const [, n] of ops) counter.add(Number(n));
  } else if (type === 'string') {
    const text = namespace.text(name, options);
    for (const [, value] of ops) text.set(String(value));
  } else if (type.startsWith('histogram')) {
    const histogram = namespace.histogram(name, options);
    for (const [op, value, a, b] of ops) {
      if (op === 'record') histogram.record(Number(value), Number(a));
      else histogram.recordScaled(BigInt(value as string), Number(a), Number(b));
    }
  } else if (type === 'double') {
    const gauge = namespace.gauge(name, options);
    for (const [, value] of ops) gauge.set(Number(value));
  } else {
    const gauge = namespace.gauge(name, { ...options, type: type as 'int64' });
    for (const [, value] of ops) gauge.set(BigInt(value as string));
  }
}

const { scenarios } = parseExact(readFileSync(new URL('libcircmetrics.json', import.meta.url), 'utf8')) as {
  scenarios: Scenario[];
};

describe('libcircmetrics', () => {
  it('left 60 scenarios', () => expect(scenarios).toHaveLength(60));

  it.each(scenarios.map((scenario, index) => ({ index, scenario })))('scenario $index', ({ scenario }) => {
    const snapshot = build(scenario).snapshot();
    expect(normal(parseExact(toJson(snapshot)))).toEqual(normal(scenario.json));
    expect(normal(parseExact(toJson(snapshot, { simple: true })))).toEqual(normal(scenario.jsonSimple));
    expect(normal(parseExact(toJson(snapshot, { tagged: true })))).toEqual(normal(scenario.jsonTagged));
  });
});
