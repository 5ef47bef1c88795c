import process from 'node:process';
import { must, optionsOf } from '../checks.js';
import type { Namespace } from '../record/namespace.js';
import { eventLoopDelay, eventLoopUtilization } from './event-loop.js';
import { garbageCollection } from './garbage.js';
import { activeThings, age, cpu, heapSpaces, memory, openFiles } from './resources.js';

/** What stops them, on the namespace that they are in, where another copy of this module finds it after a hot reload. */
const stopKey = Symbol.for('circmetrics.processMetrics');

/** Options of {@link processMetrics}. */
export interface ProcessMetricsOptions {
  /**
   * How far apart the moments are of which the event loop's delay is measured, in milliseconds, 1 to 1,000; 20 unless
   * given. A timer fires as often. Below 1 ms a delay cannot be told from none.
   */
  readonly resolution?: number;
}

/**
 * Measures the process that it is called in: processor time, memory by kind, delay and utilisation of the event loop,
 * garbage collections, open files, active handles, uptime, and the version of Node.js.
 *
 * Everything is in the namespaces `process` and `nodejs` of the one given; Prometheus gets the names that prom-client
 * has for its default metrics. The namespace's tags are on all of them, and its path is their prefix. What the platform
 * does not have, such as `/proc`, is not registered. Nothing of this keeps the process alive. A worker that calls it
 * too measures its own event loop and heap, but processor time and files are the whole process' again.
 *
 * Called again for the same namespace it begins anew with its options, and nothing is counted twice.
 * @returns a function that undoes it: nothing is read or recorded any more, and the text `nodejs.version` is null; the
 * other series stay as they are. It does nothing once this was called again, by which the counts go on
 * @throws MetricsError `invalid_option`; `name_clash` where the host has something else under one of the names
 */
export function processMetrics(namespace: Namespace, options: ProcessMetricsOptions = {}): () => void {
  const { resolution = 20 } = optionsOf('processMetrics', options, ['resolution']);
  const called = typeof namespace?.namespace === 'function';
  must(called, 'What processMetrics is called for', 'a recorder or a namespace', namespace);
  const valid = typeof resolution === 'number' && resolution >= 1 && resolution <= 1000;
  must(valid, 'resolution', '1 to 1,000 milliseconds', resolution);

  const of = namespace.namespace('process');
  const nodejs: Namespace & { [stopKey]?: () => void } = namespace.namespace('nodejs');
  const [major = '', minor = '', patch = ''] = process.versions.node.split('.');
  const version = nodejs.text('version', { help: 'The version of Node.js.', tags: { major, minor, patch } });
  const parts = [
    cpu(of),
    ...memory(of, nodejs),
    age(of),
    ...openFiles(of),
    eventLoopDelay(nodejs, resolution as number),
    ...eventLoopUtilization(nodejs),
    ...garbageCollection(nodejs),
    ...heapSpaces(nodejs),
    ...activeThings(nodejs),
  ];
  nodejs[stopKey]?.();
  version.set(process.version);
  // What a disabled recorder is given it does not keep.
  if (version.value === null) return () => {};
  const stops = parts.map((start) => start());
  const stop = (): void => {
    // A second call must not touch what was begun again in the meantime.
    if (stops.length > 0) version.clear();
    for (const one of stops.splice(0)) one();
  };
  nodejs[stopKey] = stop;
  return stop;
}
