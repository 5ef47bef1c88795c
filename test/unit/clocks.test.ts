// Two clocks: the wall clock, which is set at any time, and the monotonic one, which durations come from.
import { type FlushOptions, MetricsError, Recorder } from 'circmetrics';
import { memoryBackend } from 'circmetrics/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answering, delivered, failed, hour, quiet } from './answering.js';
import { timed } from './timed.js';

/** A wall clock that can be set, and a monotonic one, both going by the fake timers. */
function clocks(ahead = 0) {
  const set = { ahead };
  const monotonic = (): number => performance.now();
  return { set, clock: { monotonic, now: () => 1_700_000_000_000 + performance.now() + set.ahead } };
}

describe('aligned passes', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What the clock shows when each pass begins. The clock is set when `when` is over, in milliseconds. */
  async function beats(
    options: FlushOptions,
    ahead: number,
    steps: readonly [when: number, by: number][] = [],
  ) {
    const { clock, set } = clocks(ahead);
    const recorder = quiet({ clock });
    const at: number[] = [];
    const memory = memoryBackend({ temporality: 'cumulative' });
    const begin = (): void => void at.push(clock.now());
    recorder.onCollect(begin);
    const flusher = recorder.flushTo(memory, { align: true, ...options });
    for (const [when, by] of steps) {
      await vi.advanceTimersByTimeAsync(when);
      set.ahead += by;
    }
    await vi.advanceTimersByTimeAsync(20 * options.every);
    await flusher.destroy();
    return at;
  }
  const late = (at: readonly number[], every: number): number[] => at.map((time) => time % every);

  // Timers are of whole milliseconds, as Node.js' are, and the clock is between them.
  it.each([0, 0.25, 0.6, 0.999])(
    'never begin before their beat, where the clock is at %d ms',
    async (ahead) => {
      const at = await beats({ every: 100 }, ahead);
      expect(at).toHaveLength(20);
      for (const time of late(at, 100)) expect(time).toBeLessThan(2);
      for (const [i, time] of at.slice(1).entries()) expect(time - (at[i] as number)).toBeGreaterThan(98);
    },
  );

  it('never begin before their beat with jitter, either', async () => {
    const at = await beats({ every: 100, jitter: 0.3 }, 0.7);
    expect(at.length).toBeGreaterThan(18);
    for (const time of late(at, 100)) expect(time).toBeLessThan(32);
  });

  it.each([-7_200_000, -60_250, -3_000, -450, 450, 3_000, 60_250, 7_200_000])(
    'are on the beat soon after the clock was set by %d ms, and no beat comes twice that was just there',
    async (by) => {
      const every = 1000;
      const at = await beats({ every }, 0, [[5_300, by]]);
      const { length } = at;
      for (const time of late(at, every)) expect(time).toBeLessThan(2);
      // One period is longer by what the clock was set, which is less than a period, or not noticed.
      expect(length).toBeGreaterThanOrEqual(23);
      if (by > -every) expect(new Set(at.map(Math.floor)).size).toBe(length);
    },
  );

  it('are on the next beat where the clock is set forth while it is waited for long', async () => {
    const at = await beats({ every: hour }, 0, [[60_000, hour / 2]]);
    const [first = 0] = at;
    // 1,700,000,000,000 is 1,600 s before a full hour.
    expect(first % hour).toBeLessThan(2);
    expect(at.length).toBeGreaterThanOrEqual(20);
  });

  it('go on while a clock stands still', async () => {
    const recorder = quiet({ clock: { now: () => 1_700_000_000_990 } });
    const { backend, sent } = answering([delivered], 'cumulative');
    recorder.counter('c');
    const flusher = recorder.flushTo(backend, { every: 1000, align: true });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sent.length).toBeGreaterThan(8);
    await flusher.destroy();
  });

  it('keep the pause that the server asked for, whatever the clock is set to', async () => {
    const { clock, set } = clocks();
    const recorder = quiet({ clock });
    recorder.counter('c');
    const { backend, sent } = answering([{ ...failed, retryAfter: 90_000 }, delivered], 'cumulative');
    const flusher = recorder.flushTo(backend, { every: 1000, align: true });
    await vi.advanceTimersByTimeAsync(3_000);
    set.ahead += hour;
    await vi.advanceTimersByTimeAsync(80_000);
    expect(sent).toHaveLength(1);
    set.ahead -= 3 * hour;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(sent.length).toBeGreaterThan(1);
    await flusher.destroy();
  });

  it('come again at all intervals where a server asks for nonsense', async () => {
    const recorder = quiet();
    recorder.counter('c');
    const { backend, sent } = answering([{ ...failed, retryAfter: Number.NaN }], 'cumulative');
    const flusher = recorder.flushTo(backend, { every: 1000, jitter: 0, retries: 0 });
    await vi.advanceTimersByTimeAsync(2_500);
    expect(sent.length).toBeLessThanOrEqual(2);
    await flusher.destroy();
  });
});

describe('a wall clock that is set', () => {
  const setBy = [-hour, 2 * hour];

  it.each(setBy)('by %d ms moves no expiry', (by) => {
    let [now, monotonic] = [1_700_000_000_000, 5];
    const recorder = quiet({ clock: { now: () => now, monotonic: () => monotonic } });
    const family = recorder.counter('c', { tagNames: ['a'], expireAfter: 1000 });
    const pass = (milliseconds: number): number => {
      now += milliseconds;
      monotonic += milliseconds;
      return recorder.snapshot().samples.length;
    };
    family.with({ a: 1 }).add();
    pass(0);
    now += by;
    expect(pass(900)).toBe(1);
    family.with({ a: 1 }).add();
    expect([pass(0), pass(999), pass(1)]).toEqual([1, 1, 0]);
  });

  it('does not keep series where the monotonic clock begins again, as fake timers let it', () => {
    const { recorder, time } = timed();
    recorder
      .counter('c', { tagNames: ['a'], expireAfter: 1000 })
      .with({ a: 1 })
      .add();
    recorder.snapshot();
    time.now = 0;
    expect(recorder.snapshot().samples).toHaveLength(1);
    time.now = 1000;
    expect(recorder.snapshot().samples).toHaveLength(0);
  });

  it.each(setBy)('by %d ms does not change how long something is undelivered', async (by) => {
    let [now, monotonic] = [1_700_000_000_000, 5];
    const recorder = quiet({ clock: { now: () => now, monotonic: () => monotonic } });
    const pass = (milliseconds: number): void => {
      now += milliseconds;
      monotonic += milliseconds;
    };
    let outcome = failed;
    const respond = () => outcome;
    const flushers = (['delta', 'cumulative'] as const).map((temporality) =>
      recorder.flushTo(memoryBackend({ respond, temporality }), { every: hour }),
    );
    const ages = () => flushers.map((flusher) => flusher.status().oldestUndelivered);
    const flush = () => Promise.all(flushers.map((flusher) => flusher.flush()));
    const counter = recorder.counter('c');
    counter.add();
    pass(4000);
    now += by;
    await flush();
    expect(ages()).toEqual([4000, 4000]);
    outcome = delivered;
    await flush();
    expect(ages()).toEqual([undefined, undefined]);
    outcome = failed;
    counter.add();
    pass(3000);
    now -= by;
    await flush();
    expect(ages()).toEqual([3000, 3000]);
    // A series that comes after the clock was set, and one that ends with something undelivered.
    recorder
      .counter('d', { tagNames: ['a'] })
      .with({ a: 1 })
      .add();
    counter.clear();
    pass(500);
    now += by;
    pass(500);
    expect(ages()).toEqual([4000, 4000]);
    await recorder.destroy();
    expect(flushers[0]?.status().oldestUndelivered).toBe(4000);
  });

  it('shows in what series and snapshots are stamped with', () => {
    let now = 1_700_000_000_000;
    const recorder = quiet({ clock: { now: () => now } });
    recorder.counter('a');
    now -= hour;
    recorder.counter('b');
    const { at, samples } = recorder.snapshot();
    expect([at, ...samples.map(({ start }) => start)]).toEqual([now, now + hour, now]);
  });
});

describe('a clock of the host', () => {
  it('is called on its object, which may be of a class', () => {
    class Clock {
      time = 7;
      now(): number {
        return this.time;
      }
    }
    const clock = new Clock();
    const recorder = new Recorder({ clock });
    expect(recorder.snapshot().at).toBe(7);
    clock.time = 8;
    expect(recorder.snapshot().at).toBe(8);
  });

  it('is refused where it cannot be one', () => {
    for (const clock of [5, null, 'x', { now: 5 }, { monotonic: {} }]) {
      const make = (): Recorder => new Recorder({ clock: clock as object });
      expect(make).toThrow(MetricsError);
    }
  });

  const broken: readonly [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('clock');
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives nothing', () => undefined],
    ['gives a bigint', () => 5n],
    ['rejects', () => Promise.reject(new Error('clock'))],
  ];
  it.each(broken)(
    'that %s is replaced by the system’s, which goes on from there, and told of once',
    async (_, bad) => {
      for (const broke of [false, true]) {
        const warnings: string[] = [];
        let read: () => unknown = broke ? () => 1000 : bad;
        const call = (): number => read() as number;
        const clock = { now: call, monotonic: call };
        const recorder = new Recorder({ clock, onWarning: (message) => warnings.push(message) });
        const timer = recorder.timer('t');
        const stop = timer.start();
        const before = recorder.snapshot().at;
        read = bad;
        expect(stop()).toBeGreaterThanOrEqual(0);
        expect(timer.time(() => 5)).toBe(5);
        const flusher = recorder.flushTo(memoryBackend(), { every: hour, align: true });
        expect(await flusher.flush()).toMatchObject({ complete: true });
        const { at } = await recorder.collect();
        expect(Number.isInteger(at) && at - before < 10_000 && at >= before).toBe(true);
        expect(timer.histogram().max()).toBeLessThan(10);
        expect(warnings).toEqual([expect.stringMatching(/^clock\./), expect.stringMatching(/^clock\./)]);
        expect(recorder.status().refused.callback).toBe(2);
        await recorder.destroy();
      }
    },
  );
});

describe('fake timers', () => {
  const every = {
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'performance',
      'Date',
    ],
  } as const;
  const fake = (): void => void vi.useFakeTimers({ toFake: [...every.toFake] });
  afterEach(() => {
    vi.useRealTimers();
    vi.resetModules();
  });

  /** So much that it cannot be copied before there is memory for it. */
  async function readLarge(
    copy: typeof import('circmetrics'),
    { prometheus }: typeof import('circmetrics/prometheus'),
  ) {
    const recorder = new copy.Recorder({ onWarning: () => {} });
    const family = recorder.histogram('h', { tagNames: ['a'], maxSeries: 2000 });
    for (let a = 0; a < 2000; a++) family.with({ a }).record(a);
    const { samples } = await recorder.collect();
    let lines = 0;
    for await (const text of prometheus(recorder).render()) lines += text.split('\n').length - 1;
    const flusher = recorder.flushTo(memoryBackend(), { every: hour });
    const { complete } = await flusher.flush();
    await flusher.close();
    return { samples: samples.length, lines, complete };
  }

  it.each(['before', 'after'])(
    'that were installed %s the library was imported let large recorders be read',
    async (when) => {
      vi.resetModules();
      if (when === 'before') fake();
      const [core, scrape] = await Promise.all([import('circmetrics'), import('circmetrics/prometheus')]);
      fake();
      const read = await readLarge(core, scrape);
      expect(read).toMatchObject({ samples: 2000, complete: true });
      expect(read.lines).toBeGreaterThan(2000 * 10);
    },
  );

  it('make no duration negative that was begun before', async () => {
    let now = 5_000_000;
    const recorder = quiet({ clock: { monotonic: () => now } });
    const timer = recorder.timer('t');
    const back = <Result>(result: Result): Result => {
      now -= 1_000_000;
      return result;
    };
    const stop = timer.start();
    const measurement = timer.measure();
    expect([back(stop)(), measurement.stop()]).toEqual([0, 0]);
    expect([timer.time(() => back(1)), timer.wrap(() => back(2))()]).toEqual([1, 2]);
    expect(await timer.time(async () => back(3))).toBe(3);
    const histogram = timer.histogram();
    expect([histogram.count, histogram.min(), histogram.max(), histogram.recordedSum]).toEqual([5, 0, 0, 0]);
  });
});
