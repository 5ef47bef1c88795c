import process from 'node:process';
import { must, optionsOf } from '../checks.js';
import type { Recorder } from '../recorder.js';

/** Options of {@link drainOnExit}. */
export interface DrainOptions {
  /** How long the last passes may take in all, in milliseconds, 1 or more; 5,000 unless given. */
  readonly deadline?: number;
}

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Closes a recorder when the process ends by itself, or is told to by SIGTERM or SIGINT: each flusher makes a last pass.
 *
 * No signal is swallowed. Where the host has no listener of its own for it, the process ends by that signal once the
 * passes are over or the deadline is; where it has, ending is the host's business, as it would be without this. A
 * second signal ends the process at once. `process.exit()` leaves no time for anything, so call `recorder.close()` first.
 * @returns a function that undoes it
 * @throws MetricsError `invalid_option`: no recorder, or a deadline that is not 1 or more
 */
export function drainOnExit(recorder: Recorder, options: DrainOptions = {}): () => void {
  must(typeof recorder?.close === 'function', 'What drainOnExit closes', 'a recorder', recorder);
  optionsOf('drainOnExit', options, ['deadline']);
  const { deadline = 5000 } = options;
  must(typeof deadline === 'number' && deadline >= 1, 'deadline', '1 or more milliseconds', deadline);
  const undo = (): void => {
    process.off('beforeExit', atEnd);
    for (const signal of signals) process.off(signal, onSignal);
  };
  const atEnd = (): void => {
    undo();
    void drain(recorder, deadline).then((drained) => {
      // Nothing but a send that hangs keeps the process: it was at its end.
      if (!drained) process.exit();
    });
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    undo();
    // Ours is not counted any more: whoever is left decides for himself when to end.
    const alone = process.listenerCount(signal) === 0;
    void drain(recorder, deadline).then(() => {
      // Without a listener the default is what it was: to end, with the status that tells of the signal. Warnings are
      // printed first, which Node.js does a little later than it is told of them.
      if (alone) setImmediate(() => process.kill(process.pid, signal));
    });
  };
  process.on('beforeExit', atEnd);
  for (const signal of signals) process.on(signal, onSignal);
  return undo;
}

/** Makes the last passes and waits for them, true, or the deadline, false; the timer keeps the process alive that long. */
async function drain(recorder: Recorder, deadline: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const overdue = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), deadline);
  });
  const drained = await Promise.race([recorder.close({ deadline }).then(() => true), overdue]);
  clearTimeout(timer);
  return drained;
}
