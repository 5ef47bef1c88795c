import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads';
import { shown } from '../../checks.js';
import { MetricsError } from '../../errors.js';
import type { Tag } from '../../record/tags.js';

/** What {@link share} gives: for `workerData`, or to be posted to a worker; for any number of them. */
export interface Shared {
  /** Which layout the memory has. */
  readonly circmetrics: 1;
  /** The memory. Absent where the recorder is disabled. */
  readonly buffer: SharedArrayBuffer | undefined;
  /** The id of the thread that reads. */
  readonly thread: number;
  /** The tags of the recorder. */
  readonly tags: readonly Tag[];
  /** The recorder's limit. */
  readonly maxSeries: number;
}

/** Environment data, which threads inherit from their maker: the id of that maker, if it shares or is attached. */
const makerKey = 'circmetrics.maker';
/** And the id of the thread that was attached last, on the way from the main thread to this one. */
const attachedKey = 'circmetrics.attached';

/** Lets the workers that are made from now on know who made them. */
export function markMaker(): void {
  setEnvironmentData(makerKey, threadId);
}

/**
 * Finds what was shared in what a worker was given: itself, or one of its properties.
 * @throws MetricsError `invalid_option`
 */
export function sharedOf(given: unknown): Shared {
  const candidates = [given, ...(typeof given === 'object' && given !== null ? Object.values(given) : [])];
  const found = candidates.find((one) => (one as Shared | null | undefined)?.circmetrics === 1);
  if (found !== undefined) return found as Shared;
  throw new MetricsError(
    'invalid_option',
    `attach takes what share gave, or an object with it among its properties, not ${shown(given)}; hand share(recorder) to the worker as its workerData.`,
  );
}

/**
 * Checks that this thread may be attached, and notes that it is.
 * @throws MetricsError `invalid_thread`
 */
export function markAttached(shared: Shared): void {
  const maker = getEnvironmentData(makerKey);
  if (shared.thread === threadId)
    refuse('The thread that shares a recorder has it already; attach in a worker.');
  if (getEnvironmentData(attachedKey) === threadId) {
    refuse(
      'This thread is attached to a recorder already; attach once, and hand on the recorder that it gives.',
    );
  }
  if (maker !== undefined && maker !== shared.thread) {
    refuse(
      'This worker was made by another thread than that which shares the recorder; only its own workers can be attached.',
    );
  }
  setEnvironmentData(attachedKey, threadId);
  markMaker();
}

function refuse(message: string): never {
  throw new MetricsError('invalid_thread', message);
}
