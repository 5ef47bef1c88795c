import { must, optionsOf } from '../checks.js';
import type { Recorder } from '../recorder.js';
import { Ending } from './ending.js';

/** Options of {@link drainOnExit}. */
export interface DrainOptions {
  /** How long the last passes may take in all, in milliseconds, 1 or more; 5,000 unless given. */
  readonly deadline?: number;
}

/**
 * Closes a recorder when the process ends: each flusher makes a last pass, within the deadline. Call it once for each
 * recorder; the order of it and of your own listeners does not matter.
 *
 * | the process ends | what happens |
 * |---|---|
 * | by itself | The last pass comes when nothing else keeps the process alive. |
 * | by SIGTERM or SIGINT, and you have no listener for it | The last pass comes at once. Then the signal ends the process. Process 1, which a signal cannot end, exits with 128 plus the signal's number. A second signal ends the process at once. |
 * | by SIGTERM or SIGINT, and you have a listener for it | Ending is up to you. A pass comes at once, and you can go on recording. The last pass comes when the process ends by itself, if anything was recorded since. |
 * | by an uncaught exception or an unhandled rejection | The last pass comes first. Then Node.js reports the error as always, with the same exit code. Only the line of source above the stack may be another one: where the error was made, not where it was thrown. If you handle such errors yourself, nothing happens. |
 * | by `process.exit()` | Nothing can be sent. A warning says so. Await `recorder.close()` first. |
 * | by `process.abort()` or SIGKILL | Nothing can be done. |
 *
 * So a listener that ends by `process.exit()` closes the recorder itself, after everything that records:
 *
 * ```ts
 * process.once('SIGTERM', async () => {
 *   await drainMyServer();
 *   await recorder.close({ deadline: 5_000 });
 *   process.exit();
 * });
 * ```
 *
 * In a worker thread it acts at the end of that thread. Signals reach the main thread only, and end all threads.
 * @returns a function that undoes it
 * @throws MetricsError `invalid_option`: no recorder, or a deadline that is not 1 or more
 */
export function drainOnExit(recorder: Recorder, options: DrainOptions = {}): () => void {
  must(typeof recorder?.close === 'function', 'What drainOnExit closes', 'a recorder', recorder);
  optionsOf('drainOnExit', options, ['deadline']);
  const { deadline = 5000 } = options;
  must(typeof deadline === 'number' && deadline >= 1, 'deadline', '1 or more milliseconds', deadline);
  return Ending.shared().add(recorder, deadline);
}
