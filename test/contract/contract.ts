// What every backend has to hold to, whatever it writes and wherever it sends it.
import { type Backend, type Payload, Recorder, type Series, type Snapshot } from 'circmetrics';
import { LogLinearHistogram } from 'circmetrics/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freePort } from '../integration/peers.js';

/** A backend under test. */
export interface Subject {
  readonly name: string;
  /** Makes one that sends to a port of this machine, with bodies of at most so many bytes where it is told a limit. */
  readonly make: (port: number, limit?: number) => Backend;
  /** What must not be in its target. */
  readonly secret?: string;
}

const seed = Number(process.env['FUZZ_SEED'] ?? 11);
const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }) },
  {
    weight: 3,
    arbitrary: fc.string({
      unit: fc.constantFrom(
        '|',
        ':',
        ';',
        ',',
        '=',
        '#',
        '@',
        '`',
        '"',
        '\\',
        '\n',
        '\0',
        '\ud800',
        'é',
        '.',
        ' ',
        'a',
      ),
      minLength: 1,
      maxLength: 12,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'name', 'host', 'x'.repeat(5000)) },
);
const metric = fc.record({
  kind: fc.constantFrom('counter', 'gauge', 'text', 'histogram', 'int64'),
  name: hostile,
  tags: fc.array(fc.tuple(hostile, hostile), { maxLength: 3 }),
  numbers: fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 40, size: 'max' }),
  text: hostile,
});
type Metric = typeof metric extends fc.Arbitrary<infer One> ? One : never;

function fill(recorder: Recorder, metrics: readonly Metric[]): void {
  for (const { kind, name, tags, numbers, text } of metrics) {
    const options = { tags: Object.fromEntries(tags) };
    try {
      if (kind === 'counter') for (const n of numbers) recorder.counter(name, options).add(Math.abs(n));
      else if (kind === 'gauge') for (const n of numbers) recorder.gauge(name, options).set(n);
      else if (kind === 'text') recorder.text(name, options).set(text);
      else if (kind === 'int64') recorder.gauge(name, { ...options, type: 'int64' }).set(-(2n ** 63n));
      else
        for (const n of numbers)
          recorder.histogram(name, options).record(n, 1 + (Math.floor(Math.abs(n)) % 5));
    } catch {
      // The name is taken.
    }
  }
}

const read = (recorder: Recorder, { temporality }: Backend): Snapshot =>
  temporality === 'delta' ? recorder.cursor().read() : recorder.snapshot();

const textOf = ({ body }: Payload): string =>
  typeof body === 'string' ? body : Buffer.from(body).toString('latin1');

/** Adds up what parts and drops say of each series: for a histogram by bin. */
function ledger() {
  const sums = new Map<Series, Map<string, number>>();
  return {
    add(series: Series, value: unknown): void {
      const bins = sums.get(series) ?? new Map<string, number>();
      sums.set(series, bins);
      const add = (key: string, n: number): unknown => bins.set(key, (bins.get(key) ?? 0) + n);
      if (value instanceof LogLinearHistogram)
        for (const { val, exp, count } of value.bins()) add(`${val}e${exp}`, count);
      else add('', typeof value === 'number' && series.kind === 'counter' ? value : 1);
    },
    of: (series: Series) => sums.get(series) ?? new Map<string, number>(),
  };
}

export function describeBackend({ name, make, secret = 'no secret' }: Subject): void {
  describe(`the contract: ${name}`, () => {
    it('says what it is, and keeps secrets', () => {
      const backend = make(1);
      expect([backend.name, backend.target].every((text) => typeof text === 'string' && text !== '')).toBe(
        true,
      );
      expect(['cumulative', 'delta']).toContain(backend.temporality);
      // Repeating a difference counts it twice.
      expect(backend.onUnknown).toBe(backend.temporality === 'cumulative' ? 'resend' : 'drop');
      expect(backend.target).not.toContain(secret);
    });

    it.each([undefined, 200, 1000])('balances, within a limit of %s bytes, and never throws', (limit) => {
      fc.assert(
        fc.property(fc.array(metric, { maxLength: 8 }), (metrics) => {
          const recorder = new Recorder({ onWarning: () => {} });
          fill(recorder, metrics);
          const backend = make(1, limit);
          const snapshot = read(recorder, backend);
          const [carried, dropped] = [ledger(), ledger()];
          const payloads = [...backend.encode(snapshot, ({ series, value }) => dropped.add(series, value))];
          for (const payload of payloads) {
            if (limit !== undefined) expect(Buffer.byteLength(payload.body)).toBeLessThanOrEqual(limit);
            expect(textOf(payload)).not.toBe('');
            for (const { series, value } of payload.parts) carried.add(series, value);
          }
          for (const { series, kind, value } of snapshot) {
            const all = ledger();
            all.add(series, value);
            const silent = (kind === 'counter' && value === 0) || value === null || payloads.length === 0;
            for (const [bin, n] of all.of(series)) {
              const sent = carried.of(series).get(bin) ?? 0;
              const left = dropped.of(series).get(bin) ?? 0;
              // A format of integers may leave a fraction for the next time.
              const rest = kind === 'counter' ? n - Math.floor(n) : 0;
              if (sent + left === 0 && silent && n <= 1) continue;
              expect(sent === 0 || left === 0 || kind === 'histogram').toBe(true);
              expect([n, n - rest]).toContain(sent + left);
            }
          }
        }),
        { seed, numRuns: 150 },
      );
    });

    it('writes the same again, and leaves nothing behind when it is not asked to the end', () => {
      const recorder = new Recorder({ onWarning: () => {} });
      for (let i = 0; i < 200; i++) recorder.counter(`c${i}`).add(i);
      recorder.histogram('h').record(1, 3);
      const backend = make(1, 500);
      const snapshot = read(recorder, backend);
      const bodies = (): string[] => [...backend.encode(snapshot, () => {})].map(textOf);
      const first = bodies();
      const [one] = backend.encode(snapshot, () => {});
      expect(textOf(one as Payload)).toBe(first[0]);
      expect(bodies()).toEqual(first);
    });

    it('answers, and does not reject, when nobody listens or the time is up', async () => {
      const recorder = new Recorder({ onWarning: () => {} });
      recorder.counter('c').add(1);
      const port = await freePort();
      const backend = make(port);
      const [payload] = backend.encode(read(recorder, backend), () => {});
      const refused = await backend.send(payload as Payload, new AbortController().signal);
      // A datagram is gone before anybody says that nobody is there.
      expect(backend.target.startsWith('udp:') ? 'failed' : refused.outcome).toBe('failed');
      const late = await backend.send(payload as Payload, AbortSignal.abort());
      expect(['failed', 'unknown']).toContain(late.outcome);
      await backend.close?.();
    });
  });
}
