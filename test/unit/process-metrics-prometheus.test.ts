// Process metrics at Prometheus, beside prom-client's.
import { openSync, read } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Recorder } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import { prometheus } from 'circmetrics/prometheus';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { collectGarbage, measured, undone } from './measured.js';
import { text } from './scraped.js';

/** Each family of a document: its type, and the names of its samples' labels. */
function familiesOf(document: string): Map<string, { type: string; labels: Set<string> }> {
  const families = new Map<string, { type: string; labels: Set<string> }>();
  let labels = new Set<string>();
  for (const line of document.split('\n')) {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (type !== '') {
      labels = new Set();
      families.set(name, { type, labels });
    } else if (!line.startsWith('#')) {
      for (const [, label = ''] of line.matchAll(/(\w+)="/g)) labels.add(label);
    }
  }
  return families;
}

describe('at Prometheus', () => {
  it('has the names, types and labels of prom-client’s default metrics', async () => {
    const { recorder } = measured();
    const register = new Registry();
    collectDefaultMetrics({ register });
    collectGarbage();
    await sleep(50);
    // Something that is an active request for as long as both are asked.
    const fd = openSync('/dev/urandom', 'r');
    const reading = new Promise((resolve) => read(fd, Buffer.alloc(2 ** 25 - 1), resolve));
    const ours = familiesOf(await text(prometheus(recorder)));
    const theirs = familiesOf(await register.metrics());
    await reading;

    expect(theirs.size).toBeGreaterThan(25);
    // Three of its gauges have names that linters leave to counters.
    for (const [name, family] of theirs) if (/^nodejs_active_\w+_total$/.test(name)) family.type = 'untyped';
    expect(Object.fromEntries(ours)).toMatchObject(Object.fromEntries(theirs));
    const more = [...ours.keys()].filter((name) => !theirs.has(name));
    expect(more.sort()).toEqual([
      // The one kind of memory of process.memoryUsage() that prom-client leaves out.
      'nodejs_array_buffers_memory_bytes',
      // The distribution; prom-client's gauges of the lag are there as well, but cannot be added up over processes.
      'nodejs_eventloop_delay_seconds',
      // prom-client has none.
      'nodejs_eventloop_utilization_ratio',
      // prom-client has only the time of the start.
      'process_uptime_seconds',
    ]);
  });

  it('has all of prom-client’s buckets for garbage collections', async () => {
    const { recorder } = measured();
    collectGarbage();
    await sleep(50);
    const bounds = [
      ...(await text(prometheus(recorder))).matchAll(/^nodejs_gc_duration_seconds_bucket.+le="(.+?)"/gm),
    ];
    expect(bounds.map(([, bound]) => Number(bound))).toEqual(
      expect.arrayContaining([0.001, 0.01, 0.1, 1, 2, 5]),
    );
  });

  it('has the namespace’s path as prefix, and its tags', async () => {
    const recorder = new Recorder();
    undone.push(processMetrics(recorder.namespace('shop', { tags: { zone: 'a' } })));
    expect(await text(prometheus(recorder))).toMatch(/^shop_process_resident_memory_bytes\{zone="a"\} \d+$/m);
  });
});
