// Deltas over HTTP to a trap that goes wrong in every way, by a seeded script: what arrives is what was recorded.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Counter, type Flusher, type Histogram, Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { expect, it } from 'vitest';
import { seeded } from '../../bench/harness.js';
import { type Deed, type FaultyTrap, faultyTrap, type Sums } from './faulty-trap.js';

const seed = Number(process.env['FUZZ_SEED'] ?? 2026);

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

/** A service that counts and times, with series that come and go; it keeps its own accounts. */
class Service {
  readonly recorder = new Recorder({ onWarning: () => {} });
  readonly counts = new Map<string, number>();
  /** By name and by value, which are chosen so that each is a bin of its own. */
  readonly samples = new Map<string, Map<number, number>>();
  readonly #next: () => number;
  readonly #counters: Counter[];
  readonly #histograms: Histogram[];
  readonly #routes;
  readonly #latency;

  constructor(next: () => number) {
    this.#next = next;
    this.#counters = Array.from({ length: 12 }, (_, i) => this.recorder.counter(`c${i}`));
    this.#histograms = Array.from({ length: 4 }, (_, i) => this.recorder.histogram(`h${i}`));
    this.#routes = this.recorder.counter('routes', { tagNames: ['route'], maxSeries: 100 });
    this.#latency = this.recorder.timer('latency', { tagNames: ['route'] });
  }

  work(): void {
    const pick = (n: number): number => Math.floor(this.#next() * n);
    for (let i = 0; i < 20; i++) {
      const n = pick(5);
      const at = pick(12);
      this.#counters[at]?.add(n);
      this.#count(`c${at}`, n);
      const route = `r${pick(60)}`;
      this.#routes.with({ route }).add(n + 1);
      this.#count(`routes ${route}`, n + 1);
      const value = (10 + pick(90)) * 10 ** (pick(5) - 4);
      const histogram = pick(4);
      this.#histograms[histogram]?.record(value, 2);
      this.#sample(`h${histogram}`, value, 2);
      const timed = `r${pick(5)}`;
      this.#latency.with({ route: timed }).record(value);
      this.#sample(`latency ${timed}`, value, 1);
    }
    const chance = this.#next();
    if (chance < 0.2) this.#routes.remove({ route: `r${pick(60)}` });
    else if (chance < 0.3) this.#latency.remove({ route: `r${pick(5)}` });
    else if (chance < 0.33) this.#routes.clear();
    else if (chance < 0.4) this.#counters[pick(12)]?.clear();
    else if (chance < 0.45) this.#histograms[pick(4)]?.clear();
  }

  #count(name: string, n: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + n);
  }

  #sample(name: string, value: number, n: number): void {
    const bins = this.samples.get(name) ?? new Map<number, number>();
    const edge = Number(value.toPrecision(2));
    bins.set(edge, (bins.get(edge) ?? 0) + n);
    this.samples.set(name, bins);
  }
}

/** The same, of what traps were sent, series by series. */
function accounts(...all: readonly Sums[]): {
  counts: Map<string, number>;
  samples: Map<string, Map<number, number>>;
} {
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
  service: Service,
  taken: ReturnType<typeof accounts>,
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
  return { ...trap, calm: () => (calm = true), isCalm: () => calm };
}

const backendOf = (trap: FaultyTrap, maxPayloadBytes: number) =>
  circonus({ url: trap.url, temporality: 'delta', maxPayloadBytes });

const hourly = { every: 3_600_000 };
const quick = { ...hourly, timeout: 150 };

it('delivers exactly what was recorded, as long as failures are definite', async () => {
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

it.each(['resend', 'drop'] as const)(
  'keeps within what can be known: %s',
  async (onUnknown) => {
    const next = seeded(seed + 1);
    const trap = await scripted(next, unsure);
    const service = new Service(next);
    const flusher = service.recorder.flushTo(backendOf(trap, 800), { ...quick, onUnknown, retries: 1 });
    for (let pass = 0; pass < 150; pass++) {
      service.work();
      await flusher.flush();
    }
    trap.calm();
    // On a busy machine 150 ms may be too short for all that is left.
    while (!(await flusher.flush()).complete);
    expect(await flusher.close()).toMatchObject({ complete: true, pending: 0 });
    const holds =
      onUnknown === 'resend' ? (a: number, b: number) => a >= b : (a: number, b: number) => a <= b;
    expect(compare(service, accounts(trap.taken), holds)).toEqual([]);
    expect(flusher.status().totals.unknown).toBeGreaterThan(30);
    expect(flusher.status().totals.dropped).toEqual({});
    await trap.close();
  },
  60_000,
);

it('lets two flushers of different periods and fates have the same totals', async () => {
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

it('piles nothing up while a backend is down', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const next = seeded(seed + 3);
  const service = new Service(next);
  const backend = circonus({ url: 'http://127.0.0.1:9/module/httptrap/u/s', temporality: 'delta' });
  const flusher = service.recorder.flushTo(backend, { ...quick, retries: 0 });
  const passes = async (n: number): Promise<void> => {
    for (let pass = 0; pass < n; pass++) {
      service.work();
      await flusher.flush();
    }
  };
  await passes(150);
  const before = heap();
  await passes(350);
  expect(heap() / before).toBeLessThan(1.05);
  await flusher.destroy();
});
