import { threadId } from 'node:worker_threads';
import { must, optionsOf } from '../../checks.js';
import { MetricsError } from '../../errors.js';
import { atLeastOne } from '../../record/options.js';
import type { TagOptions } from '../../record/tags.js';
import type { OnWarning } from '../../record/tally.js';
import { Recorder } from '../../recorder.js';
import { Arena, type GrowableBuffer } from './arena.js';
import { maxThreads } from './layout.js';
import { ThreadRegistry } from './registry.js';
import { markAttached, sharedOf } from './shared.js';

/** Options of {@link attach}. */
export interface AttachOptions {
  /** Tags that every series of this thread gets, beside those of the recorder that is shared. */
  readonly tags?: TagOptions;
  /** How often functions of `observe` and `onCollect` are called, in milliseconds, 1 or more; 1,000 unless given. */
  readonly every?: number;
  /** Told once for each cause; `process.emitWarning` unless given. */
  readonly onWarning?: OnWarning;
}

/**
 * The worker's side of `share`: a recorder whose numbers the sharing thread reads in place. It is used as any other
 * and as fast. The worker alone writes to its memory, so nothing is sent, nobody waits, and what it has recorded is in
 * the totals whenever they are read and however the worker ends.
 *
 * Its functions of `observe` and `onCollect` run in the worker, by a timer that keeps no process alive.
 * @param shared what `share` gave, or an object that has it as a property: `attach(workerData)`
 * @throws MetricsError `invalid_option`: something else; `invalid_thread`: in the sharing thread, in a worker that is
 * attached already, in a worker of a worker, or where 1,024 threads are attached; `invalid_tag`
 */
export function attach(shared: unknown, options: AttachOptions = {}): Recorder {
  optionsOf('attach', options, ['tags', 'every', 'onWarning']);
  const { onWarning } = options;
  must(onWarning === undefined || typeof onWarning === 'function', 'onWarning', 'a function', onWarning);
  const every = atLeastOne('every', options.every) ?? 1000;
  const { buffer, tags, maxSeries, ...rest } = sharedOf(shared);
  const inherited: Record<string, string[]> = Object.create(null);
  for (const [category, value] of tags) inherited[category] = [...(inherited[category] ?? []), value];
  const about = { tags: inherited, maxSeries, ...(onWarning && { onWarning }) };
  if (buffer === undefined) return tagged(new Recorder({ ...about, enabled: false }), options.tags);
  markAttached({ buffer, tags, maxSeries, ...rest });
  const arena = new Arena(buffer as GrowableBuffer);
  const slot = arena.takeSlot(threadId);
  if (slot === undefined) {
    throw new MetricsError('invalid_thread', `At most ${maxThreads} threads can be attached at a time.`);
  }
  const recorder = new Recorder(about, ThreadRegistry.bind(undefined, arena, slot, threadId));
  observe(recorder, every);
  return tagged(recorder, options.tags);
}

function tagged(recorder: Recorder, tags: TagOptions | undefined): Recorder {
  for (const [category, values] of Object.entries(tags ?? {})) {
    for (const value of [values].flat()) recorder.addTag(category, value);
  }
  return recorder;
}

/** Calls the host's functions at once, after it has registered them, and every so many milliseconds. */
function observe({ registry }: Recorder, every: number): void {
  const run = (): void => {
    void registry.callbacks.settle(every);
  };
  setImmediate(run).unref();
  setInterval(run, every).unref();
}
