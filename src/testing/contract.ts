import type { Part } from '../collect/cursor.js';
import type { Sample } from '../collect/sample.js';
import type { Snapshot } from '../collect/snapshot.js';
import type { Backend, Payload } from '../flush/backend.js';
import { LogLinearHistogram } from '../histogram/index.js';
import { Recorder } from '../recorder.js';
import { hostileRecorder, seeded } from './recordings.js';

/** A backend under test. */
export interface Subject {
  /**
   * Makes the backend, so that it sends to `port` of this machine, with payloads of at most `limit` bytes if it can be
   * told one and a limit is given.
   */
  readonly make: (port: number, limit?: number) => Backend;
  /** A port of this machine that nobody listens on. */
  readonly deadPort: number;
  /** Limits to try, in bytes; none, unless given. Each is one that the smallest sample fits into. */
  readonly limits?: readonly number[];
  /** What must not be in the backend's `target`, such as a token in its URL. */
  readonly secret?: string;
  /** True where nobody says that a send did not arrive, as over UDP. */
  readonly unacknowledged?: boolean;
  /** Where the hostile names, tags, texts and values begin; the same gives the same. 1, unless given. */
  readonly seed?: number;
}

/** One thing that a backend has to hold to. */
export interface Check {
  /** What has to hold, for the name of a test. */
  readonly name: string;
  /** Throws, or rejects with, an `Error` that says what does not hold. */
  readonly run: () => void | Promise<void>;
}

/** How many recorders with hostile contents are tried for each limit. */
const rounds = 150;

/**
 * What every backend has to hold to, as a list of checks that any test framework can run:
 *
 * ```ts
 * for (const { name, run } of contractChecks({ make: (port) => mine({ port }), deadPort: 1 })) it(name, run);
 * ```
 */
export function contractChecks(subject: Subject): readonly Check[] {
  const { limits = [], seed = 1 } = subject;
  const balances = [undefined, ...limits].map(
    (limit): Check => ({
      name: `carries or drops each sample once, whatever it holds${limit === undefined ? '' : `, in ${limit} bytes`}`,
      run: () => {
        const random = seeded(seed);
        for (let i = 0; i < rounds; i++) checkBalance(subject, hostileRecorder(random), limit);
      },
    }),
  );
  return [
    { name: 'says what it is, and keeps secrets', run: () => checkWords(subject) },
    ...balances,
    { name: 'encodes without side effects', run: () => checkPurity(subject) },
    { name: 'answers when nobody listens, and when the time is up', run: () => checkAnswers(subject) },
  ];
}

function hold(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

function read(recorder: Recorder, { temporality }: Backend): Snapshot {
  return temporality === 'delta' ? recorder.cursor().read() : recorder.snapshot();
}

function bytesOf({ body }: Payload): number {
  return typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
}

function checkWords({ make, deadPort, secret }: Subject): void {
  const { name, target, temporality, onUnknown } = make(deadPort);
  hold(typeof name === 'string' && name !== '', 'name must be a string that is not empty');
  hold(typeof target === 'string' && target !== '', 'target must be a string that is not empty');
  hold(secret === undefined || !target.includes(secret), `target must not hold the secret: ${target}`);
  hold(
    temporality === 'delta' || temporality === 'cumulative',
    "temporality must be 'delta' or 'cumulative'",
  );
  hold(onUnknown === 'resend' || onUnknown === 'drop', "onUnknown must be 'resend' or 'drop'");
}

/** How much of a sample there is: its count, by bin for a histogram; 1 for what has no count. */
function amounts({ series, value }: Part): Map<string, number> {
  if (value instanceof LogLinearHistogram) {
    return new Map([...value.bins()].map(({ val, exp, count }) => [`${val}e${exp}`, count]));
  }
  return new Map([['', series.kind === 'counter' ? Number(value) : 1]]);
}

function add(sums: Map<object, Map<string, number>>, part: Part): void {
  const sum = sums.get(part.series) ?? new Map<string, number>();
  sums.set(part.series, sum);
  for (const [key, n] of amounts(part)) sum.set(key, (sum.get(key) ?? 0) + n);
}

function checkBalance({ make, deadPort }: Subject, recorder: Recorder, limit: number | undefined): void {
  const backend = make(deadPort, limit);
  const snapshot = read(recorder, backend);
  const there = new Set(snapshot.samples.map(({ series }) => series));
  const carried = new Map<object, Map<string, number>>();
  const dropped = new Map<object, Map<string, number>>();
  let sends = 0;
  for (const payload of backend.encode(snapshot, (part, reason) => {
    hold(/^\w+$/.test(reason), `the reason of a drop must be one word, not ${JSON.stringify(reason)}`);
    add(dropped, part);
  })) {
    sends++;
    hold(bytesOf(payload) > 0, 'a payload must not be empty');
    hold(
      limit === undefined || bytesOf(payload) <= limit,
      `a payload has ${bytesOf(payload)} bytes of ${limit}`,
    );
    for (const part of payload.parts) {
      hold(there.has(part.series), 'a part must be of a series of the snapshot');
      add(carried, part);
    }
  }
  for (const sample of snapshot)
    checkSample(sample, carried.get(sample.series), dropped.get(sample.series), sends);
}

function checkSample(
  sample: Sample,
  carried: ReadonlyMap<string, number> | undefined,
  dropped: ReadonlyMap<string, number> | undefined,
  sends: number,
): void {
  const what = `${sample.kind} ${JSON.stringify(sample.name)}`;
  const { value } = sample;
  const empty = value === 0 || value === null || (value instanceof LogLinearHistogram && value.count === 0);
  // What has nothing to say may go along with others, and may stay where there are none.
  if (empty && carried === undefined && dropped === undefined && sends === 0) return;
  for (const [key, n] of amounts(sample)) {
    const [sent, left] = [carried?.get(key) ?? 0, dropped?.get(key) ?? 0];
    if (sample.kind !== 'histogram') hold(sent === 0 || left === 0, `${what} is both carried and dropped`);
    // A format of integers may leave a fraction for the next time.
    const most = sent + left;
    const least = sample.kind === 'counter' ? Math.floor(n) : n;
    hold(
      most === n || most === least,
      `${what}${key} had ${n}, of which ${sent} is carried and ${left} dropped`,
    );
  }
}

function checkPurity({ make, deadPort, limits }: Subject): void {
  const recorder = new Recorder({ onWarning: () => {} });
  for (let i = 0; i < 200; i++) recorder.counter(`c${i}`).add(i + 1);
  recorder.histogram('h').record(1, 3);
  const backend = make(deadPort, limits?.at(-1));
  const snapshot = read(recorder, backend);
  const bodies = (): string[] =>
    Array.from(
      backend.encode(snapshot, () => {}),
      ({ body }) => String(body),
    );
  const first = bodies();
  hold(first.length > 0, 'there must be payloads of 200 counters');
  for (const payload of backend.encode(snapshot, () => {})) {
    hold(String(payload.body) === first[0], 'encoding again must give the same');
    break;
  }
  hold(
    JSON.stringify(bodies()) === JSON.stringify(first),
    'encoding must not depend on an encoding that was left off',
  );
}

async function checkAnswers({ make, deadPort, unacknowledged }: Subject): Promise<void> {
  const recorder = new Recorder({ onWarning: () => {} });
  recorder.counter('c').add(1);
  const backend = make(deadPort);
  const [payload] = backend.encode(read(recorder, backend), () => {});
  hold(payload !== undefined, 'there must be a payload of one counter');
  const refused = await backend.send(payload as Payload, new AbortController().signal);
  hold(
    refused.outcome === 'failed' || unacknowledged === true,
    `a send that nobody took must be failed, not ${refused.outcome}`,
  );
  const late = await backend.send(payload as Payload, AbortSignal.abort());
  hold(
    late.outcome === 'failed' || late.outcome === 'unknown',
    `a send whose time is up must be failed or unknown, not ${late.outcome}`,
  );
  await backend.close?.();
}
