// What Circonus' own Go client sends, and what our backend sends of the same recordings, mean the same to a trap.
// The body and the recordings it is of are in test/golden/circonus-gometrics.{json,md}.
import { readFileSync } from 'node:fs';
import { Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { afterEach, describe, expect, it } from 'vitest';
import { isBins, type Received } from '../../demo/trap/state.js';
import { startTrap, type Trap } from '../../demo/trap/trap.js';

const golden = JSON.parse(
  readFileSync(new URL('../golden/circonus-gometrics.json', import.meta.url), 'utf8'),
) as { method: string; headers: Record<string, string>; body: string };

const traps: Trap[] = [];
afterEach(async () => {
  await Promise.all(traps.splice(0).map((trap) => trap.close()));
});

async function newTrap(): Promise<Trap> {
  const trap = await startTrap({ port: 0 });
  traps.push(trap);
  return trap;
}

/** What the Go program did, in our words; see test/golden/circonus-gometrics.md. */
function record(recorder: Recorder): void {
  recorder.counter('requests').add(41);
  recorder.counter('requests').add();
  recorder.counter('bytes').add(123456789012);
  recorder.gauge('temperature').set(21.5);
  recorder.gauge('drift').set(5e-7);
  recorder.gauge('level', { type: 'int32' }).set(-7);
  recorder.gauge('lowest', { type: 'int64' }).set(-9223372036854775808n);
  recorder.gauge('highest', { type: 'uint64' }).set(18446744073709551614n);
  recorder.text('version').set('1.2 "q"');
  recorder.text('greeting').set('grüß dich, 世界');
  const latency = recorder.histogram('latency');
  for (const value of [0, 0.001, 0.0123, 0.0123, 0.0129, 1, 1.05, 9.99, 10, 123, 1e-9, 5e9, -4.2]) {
    latency.record(value);
  }
  latency.record(0.25, 300);
  const mirror = recorder.histogram('mirror');
  mirror.record(4.2);
  mirror.record(-4.2);
  mirror.record(-4.2);
}

/** What a reader of the metric gets to see: how it is to be understood, and the value; not how it was written. */
function meaning({ type, value, tags, units }: Received): object {
  // Go's histograms come without a letter of their own, ours as h or H: the trap adds them or replaces them, and
  // after one push that is the same. Every bin is named by its edge.
  if (isBins(value)) {
    const bins = [...value].sort(([a], [b]) => a - b).map(([edge, { count }]) => [edge, count]);
    return { kind: 'histogram', bins, tags, units };
  }
  return { kind: type, value, tags, units };
}

const meanings = (trap: Trap): Map<string, object> =>
  new Map([...trap.metrics().values()].map((metric) => [metric.name, meaning(metric)]));

async function goMeanings(): Promise<Map<string, object>> {
  const trap = await newTrap();
  const response = await fetch(trap.url, golden);
  expect([response.status, await response.json()]).toEqual([200, { stats: 21, filtered: 0 }]);
  return meanings(trap);
}

async function ourMeanings(temporality: 'cumulative' | 'delta'): Promise<Map<string, object>> {
  const trap = await newTrap();
  const recorder = new Recorder();
  record(recorder);
  const flusher = recorder.flushTo(circonus({ url: trap.url, temporality }), { every: 60_000 });
  await flusher.flush();
  // Before the last pass on closing, which in delta form says that nothing has come since.
  const said = meanings(trap);
  await recorder.close();
  return said;
}

describe.each(['cumulative', 'delta'] as const)(
  'our body in %s form and that of the Go client',
  (temporality) => {
    it('mean the same', async () => {
      const [go, ours] = [await goMeanings(), await ourMeanings(temporality)];

      // The one exception. The Go histogram has one bin for a value and its negative, with the sign that came first:
      // it says three times 4.2 where it was told 4.2 once and -4.2 twice.
      expect(go.get('mirror')).toMatchObject({ bins: [[4.2, 3n]] });
      expect(ours.get('mirror')).toMatchObject({
        bins: [
          [-4.2, 2n],
          [4.2, 1n],
        ],
      });
      go.delete('mirror');
      ours.delete('mirror');

      // Without it, also in a place where 4.2 has no counterpart, negatives agree like everything else.
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(go));
      expect(go.get('latency')).toMatchObject({ bins: expect.arrayContaining([[-4.2, 1n]]) });
      expect(go.get('highest')).toMatchObject({ kind: 'L', value: 18446744073709551614n });
      expect(go.size).toBe(10);
    });
  },
);
