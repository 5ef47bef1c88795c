import process from 'node:process';
import { threadId, type Worker } from 'node:worker_threads';
import { must, optionsOf } from '../../checks.js';
import { MetricsError } from '../../errors.js';
import { Recorder } from '../../recorder.js';
import { Arena } from './arena.js';
import { Reader } from './reader.js';
import { markMaker, type Shared } from './shared.js';

/** Options of {@link share}. */
export interface ShareOptions {
  /**
   * How much memory all threads may take together, in bytes, 2^20 to 2^33; 2^28 unless given. Of what is not used only
   * the addresses are taken. The first call for a recorder decides. When it is used up, recording goes on, but new series are seen by their threads alone.
   */
  readonly maxBytes?: number;
}

const leastBytes = 2 ** 20;
const defaultBytes = 2 ** 28;
const mostBytes = 2 ** 33;

/**
 * Shares a recorder with workers: gives a value for their `workerData`, alone or as one of its properties, or to be
 * posted to them; the same one for any number of workers. What a worker records with `attach` is in this recorder's
 * totals, which are read from the workers' memory whenever it is collected: no messages, and no work in the workers.
 *
 * Call it before the workers are made: only of those made later it is seen when they end. What an older one has
 * recorded counts as well, but its memory is not used again, and its gauges stay.
 * @throws MetricsError `invalid_option`; `invalid_thread`: the recorder is a worker's from `attach`; `unsupported`:
 * the runtime has no `SharedArrayBuffer` that grows, or there are not so many addresses
 */
export function share(recorder: Recorder, options: ShareOptions = {}): Shared {
  optionsOf('share', options, ['maxBytes']);
  const { brand } = (recorder?.constructor ?? {}) as Partial<typeof Recorder>;
  must(brand === Recorder.brand, 'What share takes', 'a recorder of this version of circmetrics', recorder);
  const { maxBytes } = options;
  const fits = maxBytes === undefined || (maxBytes >= leastBytes && maxBytes <= mostBytes);
  must(fits, 'maxBytes', `a number of bytes from ${leastBytes} to ${mostBytes}`, maxBytes);
  const { registry } = recorder;
  if ('attached' in registry) {
    throw new MetricsError(
      'invalid_thread',
      "A worker's recorder cannot be shared with further workers; make these in the thread that shares, or give them a recorder of their own.",
    );
  }
  const about = {
    circmetrics: 1,
    thread: threadId,
    tags: recorder.inherited(),
    maxSeries: registry.maxSeries,
  } as const;
  if (!registry.enabled) return { ...about, buffer: undefined };
  let reader = registry.threads as Reader | undefined;
  if (reader === undefined) {
    reader = new Reader(registry, arenaOf(maxBytes ?? defaultBytes));
    registry.threads = reader;
    watch(reader);
    markMaker();
  }
  return { ...about, buffer: reader.arena.buffer };
}

function arenaOf(maxBytes: number): Arena {
  const grows = typeof SharedArrayBuffer === 'function' && 'grow' in SharedArrayBuffer.prototype;
  if (!grows) {
    throw new MetricsError(
      'unsupported',
      'This runtime has no SharedArrayBuffer that grows, which threads need to share a recorder; Node.js has it from version 20 on.',
    );
  }
  try {
    return Arena.make(maxBytes);
  } catch (cause) {
    throw new MetricsError(
      'unsupported',
      `There are no ${maxBytes} bytes of addresses for threads to share; give share a smaller maxBytes.`,
      { cause },
    );
  }
}

/**
 * Hears of the end of each worker that is made from now on. Only then has it stopped writing: when `terminate()` is
 * called it still runs, and what it would send itself is lost or may come later.
 */
function watch(reader: Reader): void {
  process.on('worker', (worker: Worker) => {
    // Afterwards it is -1.
    const { threadId: thread } = worker;
    reader.expect(thread);
    worker.once('exit', () => reader.ended(thread));
  });
}
