import type { SampleValue } from '../collect/sample.js';
import type { Snapshot } from '../collect/snapshot.js';
import { grace } from '../flush/delivery.js';
import type { Recorder } from '../recorder.js';

/** The last passes of one recorder. */
export class LastPass {
  readonly #recorder: Recorder;
  readonly #deadline: number;
  /** What every flusher has delivered, and how many flushers there were; `undefined` where that is not known. */
  #sent: { readonly snapshot: Snapshot; readonly flushers: number } | undefined;

  /** @param deadline how long the last passes may take, in milliseconds */
  constructor(recorder: Recorder, deadline: number) {
    this.#recorder = recorder;
    this.#deadline = deadline;
  }

  /** Makes passes that need not be the last ones. Never rejects. */
  async flush(): Promise<void> {
    const snapshot = this.#recorder.snapshot();
    const reports = await this.#recorder.flush();
    const all = reports.every(({ complete }) => complete);
    this.#sent = all ? { snapshot, flushers: reports.length } : undefined;
  }

  /**
   * Makes the last passes and keeps the process alive for that, unless nothing is left to send. Never rejects. False if
   * a send had to be aborted, and may still hang.
   */
  async make(): Promise<boolean> {
    const recorder = this.#recorder;
    if (this.#nothingLeft()) {
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
    if (series === 0 || this.#nothingLeft()) return;
    for (const { backend, target, state } of flushers) {
      if (state === 'closed') continue;
      this.#recorder.registry.tally.warn(
        `The process ended before the last pass to ${backend} at ${target}. What you recorded since the pass before ` +
          'is lost. Await recorder.close() before you call process.exit().',
      );
    }
  }

  #nothingLeft(): boolean {
    const sent = this.#sent;
    return (
      sent !== undefined &&
      sent.flushers === this.#recorder.status().flushers.length &&
      unchanged(sent.snapshot, this.#recorder.snapshot())
    );
  }
}

/** Whether certainly nothing was recorded between two snapshots. Of gauges and texts nobody knows what they were then. */
function unchanged(before: Snapshot, after: Snapshot): boolean {
  const earlier = before[Symbol.iterator]();
  for (const { series, value } of after) {
    const then = earlier.next().value;
    if (series.kind === 'gauge' || series.kind === 'text') return false;
    if (series !== then?.series || growing(value) !== growing(then.value)) return false;
  }
  return earlier.next().done === true;
}

/** What grows with every sample of a counter or a histogram. */
function growing(value: SampleValue): SampleValue {
  return value instanceof Object ? value.count : value;
}
