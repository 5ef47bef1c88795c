// A process that is measured until a test ends, and what is found of it.
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Recorder, type SampleValue, type Snapshot } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import { afterEach, expect, vi } from 'vitest';

/** What each test has turned on; undone at its end. */
export const undone: (() => void)[] = [];
const warnings: string[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const undo of undone.splice(0)) undo();
  expect(warnings.splice(0)).toEqual([]);
});

/** A recorder with the process metrics on until the test ends. A warning fails the test that has not taken it out. */
export function measured(options?: Parameters<typeof processMetrics>[1]) {
  const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
  const undo = processMetrics(recorder, options);
  undone.push(undo);
  return { recorder, undo, warnings };
}

/** The value of `process.cpu`, or of `nodejs.active_handles` whose one tag has the value `tag`. */
export function value(snapshot: Snapshot, name: string, tag?: string): SampleValue | undefined {
  return [...snapshot].find(
    ({ path, name: own, tags }) =>
      [...path, own].join('.') === name && (tag === undefined || tags.some(([, given]) => given === tag)),
  )?.value;
}

/** The same as a number; NaN where there is none. */
export const number = (snapshot: Snapshot, name: string, tag?: string): number =>
  Number(value(snapshot, name, tag) ?? Number.NaN);

/** Keeps the event loop busy. */
export function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

setFlagsFromString('--expose-gc');
export const collectGarbage = runInNewContext('gc') as () => void;
