// What is over is let go of.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Backend, Recorder, type Series } from 'circmetrics';
import { expect, it, vi } from 'vitest';

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

it('series that came after a read and ended before the next', async () => {
  const recorder = new Recorder();
  const counter = recorder.counter('x');
  const cursor = recorder.cursor();
  counter.add();
  const read = cursor.read();
  const series: WeakRef<Series>[] = [];
  for (let i = 0; i < 100; i++) {
    counter.add();
    counter.clear();
    series.push(new WeakRef(([...recorder.snapshot()][0] as { series: Series }).series));
    await nextJob();
  }
  collectGarbage();
  expect(living(series)).toEqual([99]);
  cursor.commit(read);
  expect(cursor.read().samples[0]?.value).toBe(100);
});

it('series that were removed since, and came back, while nothing is delivered', async () => {
  const recorder = new Recorder();
  const family = recorder.counter('x', { tagNames: ['route'] });
  const cursor = recorder.cursor();
  const first = family.with({ route: 'a' }).series;
  const series: WeakRef<Series>[] = [];
  for (let i = 0; i < 100; i++) {
    const handle = family.with({ route: 'a' });
    handle.add();
    series.push(new WeakRef(handle.series));
    cursor.read();
    family.remove({ route: 'a' });
    await nextJob();
  }
  family.with({ route: 'a' });
  expect([...cursor.read()].map(({ value }) => value)).toEqual([100]);
  await nextJob();
  collectGarbage();
  // The last one may still be in a register of this function.
  expect(living(series.slice(0, -1))).toEqual([0]);
  expect(series[0]?.deref()).toBe(first);
});

it('timers of passes that the host made earlier', async () => {
  // Node.js has a list for all timers of as many milliseconds, next to which the last one stands.
  const lists: WeakRef<object>[] = [];
  const start = globalThis.setTimeout;
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, delay: number) => {
    const timer = start(work, delay);
    if (delay > 1e6) lists.push(new WeakRef((timer as unknown as { _idleNext: object })._idleNext));
    return timer;
  }) as typeof setTimeout);
  const backend: Backend = {
    name: 'nothing',
    target: 'nowhere',
    temporality: 'delta',
    onUnknown: 'drop',
    *encode() {},
    send: () => Promise.resolve({ outcome: 'delivered' }),
  };
  const flusher = new Recorder().flushTo(backend, { every: 3_600_000 });
  for (let i = 0; i < 100; i++) await flusher.flush();
  await flusher.destroy();
  spy.mockRestore();
  await nextJob();
  collectGarbage();
  expect(lists).toHaveLength(101);
  expect(living(lists)).toEqual([]);
});
