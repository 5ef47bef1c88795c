import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { Namespace } from '../record/namespace.js';
import type { Start } from './part.js';

const kinds: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** What an observer is told of a collection; the types of Node.js lack `detail`. Milliseconds. */
interface Entry {
  readonly duration: number;
  readonly detail?: { readonly kind: unknown };
}

/** Those of prom-client, 0.001, 0.01, 0.1, 1, 2 and 5 s, and more where most collections of new objects are. */
const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

/** How long the garbage collector stops the thread, by kind. Node.js tells of it soon after, not at once. */
export function garbageCollection(nodejs: Namespace): Start[] {
  const { supportedEntryTypes } = PerformanceObserver as { readonly supportedEntryTypes?: readonly string[] };
  if (supportedEntryTypes?.includes('gc') !== true) return [];
  const help = 'How long garbage collections took: major, minor, incremental, weakcb.';
  const duration = nodejs.timer('gc_duration', { help, buckets, tagNames: ['kind'] });
  const start: Start = () => {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as readonly Entry[]) {
        duration.with({ kind: kinds.get(entry.detail?.kind) ?? 'other' }).record(entry.duration / 1000);
      }
    });
    observer.observe({ entryTypes: ['gc'] });
    return () => observer.disconnect();
  };
  return [start];
}
