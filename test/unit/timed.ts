// A recorder whose time is the test's, and what is in it.
import { Recorder, type Sample } from 'circmetrics';

/** A recorder that reads its time from `time.now`, and what it has warned of. */
export function timed(options: ConstructorParameters<typeof Recorder>[0] = {}) {
  const time = { now: 1_700_000_000_000 };
  const warnings: string[] = [];
  const recorder = new Recorder({
    clock: { now: () => time.now },
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return { recorder, time, warnings };
}

export const tagsOf = ({ tags }: Sample): unknown => Object.fromEntries(tags);

export const sum = (recorder: Recorder): number =>
  recorder.snapshot().samples.reduce((total, { value }) => total + Number(value), 0);
