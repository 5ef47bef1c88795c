// Deltas over HTTP to a trap that goes wrong in every way, by a seeded script: what arrives is what was recorded.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Flusher } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { expect, it } from 'vitest';
import { seeded } from '../../bench/harness.js';
import { withTypeScript } from '../process/project.js';
import { seed } from '../seed.js';
import type { Found, Wish } from './faulty-child.js';
import { Service } from './faulty-service.js';
import { type Deed, type FaultyTrap, faultyTrap, type Sums } from './faulty-trap.js';

/** What the sender can tell for sure. */
const definite: readonly Deed[] = [
  'take',
  'take slowly',
  'take, then a body that breaks off',
  'status 429',
  'status 500',
  'status 503',
  'status 503 slowly',
];
const refusing: readonly Deed[] = [...definite, 'take', 'status 400', 'status 413'];
/** What it cannot. */
const unsure: readonly Deed[] = [
  ...definite,
  'take',
  'take',
  'take, then half a response',
  'take, then reset',
  'take, then silence',
  'take, then garbage',
  'reset at the first byte',
  'reset within the body',
  'reset after the body',
  'silence',
  'garbage',
  'half a response',
];
const anything: readonly Deed[] = [...unsure, 'status 400', 'status 413'];

type Accounts = Pick<Service, 'counts' | 'samples'>;

/** What traps were sent, series by series. */
function accounts(...all: readonly Sums[]): Accounts {
  const counts = new Map<string, number>();
  const samples = new Map<string, Map<number, number>>();
  const series = (name: string): string => name.replace(/\|ST\[route:(r\d+).*$/, ' $1');
  for (const sums of all) {
    for (const [name, value] of sums.counts)
      counts.set(series(name), (counts.get(series(name)) ?? 0) + value);
    for (const [name, bins] of sums.bins) {
      const into = samples.get(series(name)) ?? new Map<number, number>();
      for (const [edge, { count }] of bins) into.set(edge, (into.get(edge) ?? 0) + Number(count));
      samples.set(series(name), into);
    }
  }
  return { counts, samples };
}

/** Compares what arrived with what was recorded, number by number. */
function compare(
  service: Accounts,
  taken: Accounts,
  holds: (arrived: number, recorded: number) => boolean,
): string[] {
  const wrong: string[] = [];
  const check = (what: string, arrived = 0, recorded = 0): void => {
    if (!holds(arrived, recorded)) wrong.push(`${what}: ${arrived} arrived of ${recorded}`);
  };
  for (const name of new Set([...service.counts.keys(), ...taken.counts.keys()]))
    check(name, taken.counts.get(name), service.counts.get(name));
  for (const name of new Set([...service.samples.keys(), ...taken.samples.keys()])) {
    const arrived = taken.samples.get(name);
    const recorded = service.samples.get(name);
    for (const edge of new Set([...(recorded?.keys() ?? []), ...(arrived?.keys() ?? [])]))
      check(`${name} ${edge}`, arrived?.get(edge), recorded?.get(edge));
  }
  return wrong;
}

/** A trap that follows a script until it is told to take everything. */
async function scripted(next: () => number, deeds: readonly Deed[]) {
  let calm = false;
  const trap = await faultyTrap(() => (calm ? 'take' : (deeds[Math.floor(next() * deeds.length)] as Deed)));
  return { ...trap, calm: (on = true) => (calm = on), isCalm: () => calm };
}

const backendOf = (trap: FaultyTrap, maxPayloadBytes: number) =>
  circonus({ url: trap.url, temporality: 'delta', maxPayloadBytes });

const hourly = { every: 3_600_000 };

it.concurrent('delivers exactly what was recorded, as long as failures are definite', async () => {
  const next = seeded(seed);
  const trap = await scripted(next, refusing);
  const service = new Service(next);
  const flusher = service.recorder.flushTo(backendOf(trap, 1500), { ...hourly, retries: 1 });
  let failed = 0;
  for (let pass = 0; pass < 200; pass++) {
    service.work();
    const down = next() < 0.1;
    if (down) await trap.listen(false);
    const flushed = flusher.flush();
    // Recordings in flight: after the read, before the commit.
    await new Promise((resolve) => setImmediate(resolve));
    service.work();
    if (!(await flushed).complete) failed++;
    if (down) await trap.listen(true);
  }
  trap.calm();
  expect(await flusher.close()).toMatchObject({ complete: true, pending: 0 });
  expect(compare(service, accounts(trap.taken, trap.rejected), (a, b) => a === b)).toEqual([]);
  const { totals } = flusher.status();
  expect(failed).toBeGreaterThan(50);
  expect(totals).toMatchObject({ unknown: 0 });
  expect(totals.retries).toBeGreaterThan(50);
  expect(totals.dropped['rejected']).toBeGreaterThan(100);
  for (const deed of refusing) expect(trap.deeds.get(deed), deed).toBeGreaterThan(0);
  await trap.close();
}, 60_000);

it.concurrent('keeps within what can be known where what is unknown is dropped', async () => {
  const next = seeded(seed + 1);
  const trap = await scripted(next, unsure);
  const service = new Service(next);
  const settings = { ...hourly, timeout: 150, onUnknown: 'drop', retries: 1 } as const;
  const flusher = service.recorder.flushTo(backendOf(trap, 800), settings);
  for (let pass = 0; pass < 150; pass++) {
    service.work();
    await flusher.flush();
  }
  trap.calm();
  // On a busy machine 150 ms may be too short for all that is left.
  while (!(await flusher.flush()).complete);
  expect(await flusher.close()).toMatchObject({ complete: true, pending: 0 });
  expect(compare(service, accounts(trap.taken), (a, b) => a <= b)).toEqual([]);
  expect(flusher.status().totals.unknown).toBeGreaterThan(30);
  expect(flusher.status().totals.dropped).toEqual({});
  await trap.close();
}, 60_000);

it.concurrent('lets two flushers of different periods and fates have the same totals', async () => {
  const next = seeded(seed + 2);
  const lucky = await scripted(next, ['take']);
  const unlucky = await scripted(next, definite);
  const service = new Service(next);
  const { recorder } = service;
  const often = recorder.flushTo(backendOf(lucky, 4000), hourly);
  const rarely = recorder.flushTo(backendOf(unlucky, 700), { ...hourly, retries: 1 });
  const keep = async (flusher: Flusher, period: number): Promise<void> => {
    while (!unlucky.isCalm()) {
      await flusher.flush();
      await new Promise((resolve) => setTimeout(resolve, period));
    }
  };
  const passes = [keep(often, 5), keep(rarely, 40)];
  for (let turn = 0; turn < 200; turn++) {
    service.work();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  unlucky.calm();
  await Promise.all(passes);
  await recorder.close();
  for (const trap of [lucky, unlucky])
    expect(compare(service, accounts(trap.taken), (a, b) => a === b)).toEqual([]);
  expect(often.status().totals.passes).toBeGreaterThan(rarely.status().totals.passes);
  expect(rarely.status().lastError).toBeDefined();
  await Promise.all([lucky.close(), unlucky.close()]);
});

/** Runs the service in a process of its own, and does to its trap what it asks for. */
async function childOf(trap: FaultyTrap & { calm(on?: boolean): void }): Promise<Found> {
  // What V8 compiles, and throws away, would be more than what is looked for.
  const still = ['--no-opt', '--no-maglev', '--no-sparkplug', '--no-flush-bytecode'];
  trap.calm();
  const child: ChildProcess = fork(
    fileURLToPath(new URL('faulty-child.ts', import.meta.url)),
    [trap.url, String(seed)],
    { execArgv: ['--expose-gc', ...still, ...withTypeScript], serialization: 'advanced' },
  );
  return new Promise((resolve, reject) => {
    let found: Found | undefined;
    child.on('message', async (message: Wish | Found) => {
      if ('counts' in message) {
        found = message;
        return;
      }
      if ('calm' in message) trap.calm(message.calm);
      else await trap.listen(message.listen);
      child.send('done');
    });
    child.once('close', (code) => (found ? resolve(found) : reject(new Error(`It ended with ${code}.`))));
  });
}

it.concurrent('keeps within what can be known where it is sent again, and piles nothing up', async () => {
  const trap = await scripted(seeded(seed + 3), anything);
  const { last, status, failed, before, after, afterOutage, ...service } = await childOf(trap);
  expect(last).toMatchObject({ complete: true, pending: 0 });
  expect(compare(service, accounts(trap.taken, trap.rejected), (a, b) => a >= b)).toEqual([]);
  expect(failed).toBeGreaterThan(500);
  expect(status.totals.unknown).toBeGreaterThan(100);
  for (const deed of anything) expect(trap.deeds.get(deed), deed).toBeGreaterThan(0);
  expect(Math.max(after, afterOutage) / before).toBeLessThan(1.015);
  await trap.close();
}, 120_000);
