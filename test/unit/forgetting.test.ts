// What is over is let go of.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Recorder, type Series } from 'circmetrics';
import { expect, it } from 'vitest';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A WeakRef keeps what it was made of until the job ends. */
const nextJob = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const living = (refs: readonly WeakRef<object>[]): number[] =>
  refs.flatMap((ref, i) => (ref.deref() === undefined ? [] : [i]));

it.each(['counter', 'histogram'] as const)('series of a %s that was cleared since', async (kind) => {
  const recorder = new Recorder();
  const handle = recorder[kind]('x');
  const cursor = recorder.cursor();
  const only = (): Series => ([...recorder.snapshot()][0] as { series: Series }).series;
  // The host may keep one, which must not keep all that came after it.
  const first = only();
  const series: WeakRef<Series>[] = [];
  for (let i = 0; i < 100; i++) {
    series.push(new WeakRef(only()));
    if ('add' in handle) handle.add();
    else handle.record(1);
    cursor.commit(cursor.read());
    handle.clear();
    await nextJob();
  }
  cursor.commit(cursor.read());
  collectGarbage();
  expect(living(series)).toEqual([0]);
  expect(series[0]?.deref()).toBe(first);
});
