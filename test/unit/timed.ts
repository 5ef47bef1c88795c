// A recorder whose time is the test's, and the tags of what is in it.
import { Recorder, type Sample } from 'circmetrics';

/** A recorder whose both clocks show `time.now`, and what it has warned of. */
export function timed(options: ConstructorParameters<typeof Recorder>[0] = {}) {
  const time = { now: 1_700_000_000_000 };
  const warnings: string[] = [];
  const recorder = new Recorder({
    clock: { now: () => time.now, monotonic: () => time.now },
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  return { recorder, time, warnings };
}

/** Its tags as an object, of those that have one value each. */
export const tagsOf = ({ tags }: Sample): unknown => Object.fromEntries(tags);
