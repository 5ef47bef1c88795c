// A process that is measured until a test ends, and what is found of it.
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LogLinearHistogram, Recorder, type SampleValue, type Snapshot } from 'circmetrics';
import { processMetrics } from 'circmetrics/node';
import { afterEach, vi } from 'vitest';

export const undone: (() => void)[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const undo of undone.splice(0)) undo();
});

/** A recorder of which a refusal or a warning fails the test, with the process metrics on until its end. */
export function measured(options?: Parameters<typeof processMetrics>[1]) {
  const warnings: string[] = [];
  const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
  const undo = processMetrics(recorder, options);
  undone.push(undo);
  return { recorder, undo, warnings };
}

/** The value of `process.cpu`, or of `nodejs.active_handles` with the value of its one tag behind a space. */
export function value(snapshot: Snapshot, name: string, tag?: string): SampleValue | undefined {
  return [...snapshot].find(
    ({ path, name: own, tags }) =>
      [...path, own].join('.') === name && (tag === undefined || tags.some(([, given]) => given === tag)),
  )?.value;
}

export const number = (snapshot: Snapshot, name: string, tag?: string): number =>
  Number(value(snapshot, name, tag) ?? Number.NaN);

export function histogram(recorder: Recorder, name: string, tag?: string): LogLinearHistogram {
  const found = value(recorder.snapshot(), name, tag);
  return found instanceof LogLinearHistogram ? found : new LogLinearHistogram();
}

export function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

setFlagsFromString('--expose-gc');

export const collectGarbage = runInNewContext('gc') as () => void;
