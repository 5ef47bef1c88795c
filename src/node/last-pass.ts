import type { Snapshot } from '../collect/snapshot.js';
import { grace } from '../flush/delivery.js';
import type { LogLinearHistogram } from '../histogram/index.js';
import type { Recorder } from '../recorder.js';

/** The last passes of one recorder. */
export class LastPass {
  readonly #recorder: Recorder;
  readonly #deadline: number;
  /** What all backends have; `undefined` where that is not known. */
  #sent: Snapshot | undefined;

  /** @param deadline how long the last passes may take, in milliseconds */
  constructor(recorder: Recorder, deadline: number) {
    this.#recorder = recorder;
    this.#deadline = deadline;
  }

  /** Makes passes that need not be the last ones. Never rejects. */
  async flush(): Promise<void> {
    const { series, flushers } = this.#recorder.status();
    // To make the last passes costs less than to look at nothing.
    const snapshot = series > 0 ? this.#recorder.snapshot() : undefined;
    const reports = await this.#recorder.flush();
    const all = reports.length === flushers.length && reports.every(({ complete }) => complete);
    this.#sent = all ? snapshot : undefined;
  }

  /**
   * Makes the last passes and keeps the process alive for that, unless the backends have everything already. Never
   * rejects. False if a send had to be aborted, and may still hang.
   */
  async make(): Promise<boolean> {
    const recorder = this.#recorder;
    if (this.#sent !== undefined && same(this.#sent, recorder.snapshot())) {
      await recorder.destroy();
      return true;
    }
    const begun = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Flushers keep the deadline, and tell before it what they could not deliver. A backend of the host's may not.
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#deadline + 2 * grace);
    });
    await Promise.race([recorder.close({ deadline: this.#deadline }), overdue]);
    clearTimeout(timer);
    return performance.now() - begun < this.#deadline - grace;
  }

  /** Tells of the last passes that were not made. */
  warn(): void {
    const { series, flushers } = this.#recorder.status();
    if (series === 0) return;
    for (const { backend, target, state } of flushers) {
      if (state === 'closed') continue;
      this.#recorder.registry.tally.warn(
        `The process ended before the last pass to ${backend} at ${target}. What you recorded since the pass before ` +
          'is lost. Await recorder.close() before you call process.exit().',
      );
    }
  }
}

/** Whether nothing was recorded between two snapshots. */
function same(before: Snapshot, after: Snapshot): boolean {
  const left = before[Symbol.iterator]();
  for (const { series, value } of after) {
    const { value: other } = left.next();
    if (series !== other?.series || counted(value) !== counted(other.value)) return false;
  }
  return left.next().done === true;
}

/** A value that changes with every change of a sample: of a histogram, which only grows, how many samples it has. */
function counted(value: unknown): unknown {
  return typeof value === 'object' ? (value as LogLinearHistogram | null)?.count : value;
}
