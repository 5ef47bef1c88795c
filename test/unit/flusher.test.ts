import {
  type Backend,
  type FlushOptions,
  MetricsError,
  Recorder,
  type SendResult,
  type Series,
} from 'circmetrics';
import { memoryBackend } from 'circmetrics/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const hour = 3_600_000;
const delivered: SendResult = { outcome: 'delivered' };
const failed: SendResult = { outcome: 'failed', code: 'ECONNREFUSED', message: 'nobody listens' };

function quiet(options: ConstructorParameters<typeof Recorder>[0] = {}): Recorder {
  return new Recorder({ onWarning: () => {}, ...options });
}

/** A backend whose answers come one after the other, the last one ever after. */
function answering(answers: readonly (SendResult | 'hang')[], temporality: Backend['temporality'] = 'delta') {
  const sent: { at: number; body: string; aborted: () => boolean }[] = [];
  const backend: Backend = {
    name: 'script',
    target: 'nowhere',
    temporality,
    onUnknown: temporality === 'delta' ? 'drop' : 'resend',
    *encode(snapshot) {
      for (const sample of snapshot)
        yield { body: `${sample.name}=${String(sample.value)}`, parts: [sample] };
    },
    send({ body }, signal) {
      const answer = answers[Math.min(sent.length, answers.length - 1)] ?? delivered;
      sent.push({ at: Date.now(), body: String(body), aborted: () => signal.aborted });
      return answer === 'hang' ? new Promise(() => {}) : Promise.resolve(answer);
    },
  };
  return { backend, sent };
}

describe('the schedule', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_123 });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  async function times(options: FlushOptions, answers: readonly SendResult[], passes: number) {
    const start = Date.now();
    const recorder = quiet();
    const counter = recorder.counter('c');
    const { backend, sent } = answering(answers, 'cumulative');
    const flusher = recorder.flushTo(backend, { retries: 0, ...options });
    counter.add();
    while (sent.length < passes) await vi.advanceTimersToNextTimerAsync();
    await flusher.destroy();
    return {
      gaps: sent.map(({ at }, i) => at - (sent[i - 1]?.at ?? start)),
      at: sent.map(({ at }) => at),
    };
  }

  it('is a grid, on which jitter moves passes but never the grid', async () => {
    const still = await times({ every: 1000, jitter: 0 }, [delivered], 20);
    for (const gap of still.gaps) expect(gap).toBe(1000);
    const moved = await times({ every: 1000, jitter: 0.5 }, [delivered], 50);
    const first = (moved.at[0] as number) - (moved.gaps[0] as number);
    const offsets = moved.at.map((at, i) => first + (i + 1) * 1000 - at);
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...offsets)).toBeLessThanOrEqual(500);
    expect(new Set(offsets).size).toBeGreaterThan(25);
    const usual = await times({ every: 1000 }, [delivered], 30);
    expect(new Set(usual.gaps).size).toBeGreaterThan(5);
    for (const gap of usual.gaps) expect(Math.abs(gap - 1000)).toBeLessThanOrEqual(101);
  });

  it('goes by the clock where it is aligned', async () => {
    const { at } = await times({ every: 10_000, align: true }, [delivered], 10);
    for (const time of at) expect(time % 10_000).toBe(0);
    const moved = await times({ every: 10_000, align: true, jitter: 0.2 }, [delivered], 30);
    for (const time of moved.at) expect(time % 10_000).toBeLessThanOrEqual(2000);
    expect(new Set(moved.at.map((time) => time % 10_000)).size).toBeGreaterThan(10);
  });

  it('backs off while passes fail, ever longer, within bounds, and is back at once', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999999);
    const answers = [...Array.from({ length: 12 }, () => failed), delivered];
    const { gaps } = await times({ every: 1000, jitter: 0 }, answers, 15);
    const pauses = gaps.map((gap) => Math.round((gap % 60_000) / 1000));
    expect(pauses.slice(0, 7)).toEqual([1, 2, 3, 5, 9, 17, 33]);
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(62_000);
    expect(Math.max(...gaps)).toBeGreaterThan(60_000);
    expect(gaps.at(-1)).toBeLessThanOrEqual(2000);
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect((await times({ every: 1000, jitter: 0 }, answers, 15)).gaps).toEqual(Array(15).fill(1000));
  });

  it('leaves a server alone for as long as it says, to an hour', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const busy = { ...failed, retryAfter: 90_000 };
    const one = await times({ every: 1000, jitter: 0, retries: 2 }, [busy, delivered], 2);
    expect(one.gaps).toEqual([1000, 90_000]);
    const greedy = { ...failed, retryAfter: 1e15 };
    expect((await times({ every: 1000, jitter: 0 }, [greedy, delivered], 2)).gaps).toEqual([1000, hour]);
  });

  it('is not what flush() waits for', async () => {
    const recorder = quiet();
    recorder.counter('c').add(2);
    const { backend, sent } = answering([{ ...failed, retryAfter: hour }, delivered]);
    const flusher = recorder.flushTo(backend, { every: 1000 });
    expect(await flusher.flush()).toMatchObject({ complete: false, pending: 1 });
    expect(flusher.status()).toMatchObject({ state: 'backing-off', pending: 1 });
    expect(flusher.status().nextAttempt).toBeGreaterThanOrEqual(Date.now() + hour - 1);
    expect(await flusher.flush()).toMatchObject({ complete: true, pending: 0 });
    expect(sent).toHaveLength(2);
    expect(flusher.status().state).toBe('waiting');
    expect((flusher.status().nextAttempt ?? 0) - Date.now()).toBeLessThanOrEqual(1500);
  });

  it('survives a clock that is set back', async () => {
    const recorder = quiet();
    recorder.counter('c').add();
    const { backend, sent } = answering([delivered], 'cumulative');
    const flusher = recorder.flushTo(backend, { every: 1000, align: true });
    await vi.advanceTimersByTimeAsync(3000);
    vi.setSystemTime(1_600_000_000_000);
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent.length).toBeGreaterThanOrEqual(6);
    await flusher.destroy();
  });
});

describe('a payload that failed', () => {
  it('is sent again within the pass, and counts once', async () => {
    const recorder = quiet();
    recorder.counter('c').add(7);
    const { backend, sent } = answering([failed, failed, delivered]);
    const flusher = recorder.flushTo(backend, { every: hour });
    expect(await flusher.flush()).toMatchObject({ complete: true, samples: 1, retries: 2, error: undefined });
    expect(sent.map(({ body }) => body)).toEqual(['c=7', 'c=7', 'c=7']);
    expect(flusher.status()).toMatchObject({ pending: 0, consecutiveFailures: 0, totals: { retries: 2 } });
  });

  it('is not where it may have arrived and must not count twice, nor longer than the pass may take', async () => {
    const recorder = quiet();
    recorder.counter('c').add(7);
    const unsure = answering([{ outcome: 'unknown' }, delivered]);
    const flusher = recorder.flushTo(unsure.backend, { every: hour });
    expect(await flusher.flush()).toMatchObject({ complete: false, unknown: 1, pending: 0 });
    expect(unsure.sent).toHaveLength(1);
    const down = answering([failed]);
    const stubborn = recorder.flushTo(down.backend, { every: hour, retries: 100, timeout: 300 });
    const begun = performance.now();
    expect(await stubborn.flush()).toMatchObject({ complete: false, pending: 1 });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(down.sent.length).toBeGreaterThan(1);
    const none = answering([failed]);
    await recorder.flushTo(none.backend, { every: hour, retries: 0 }).flush();
    expect(none.sent).toHaveLength(1);
  });
});

describe('routing', () => {
  const recorder = quiet({ tags: { app: 'shop' } });
  const api = recorder.namespace('api');
  api.counter('calls').add(1);
  api.timer('latency').record(0.1);
  const routes = api.counter('requests', { tagNames: ['route', 'status'] });
  routes.with({ route: '/a', status: 200 }).add(2);
  routes.with({ route: '/b', status: 500 }).add(3);
  recorder.gauge('apis').set(1);
  recorder.gauge('a+b').set(1);

  async function names(
    options: Pick<FlushOptions, 'include' | 'exclude'>,
    temporality: Backend['temporality'],
  ) {
    const memory = memoryBackend({ temporality });
    const flusher = recorder.flushTo(memory, { every: hour, ...options });
    await flusher.flush();
    expect(flusher.status().pending).toBe(0);
    await flusher.close();
    return memory.received.map(({ name, tags }) => [name, ...(tags['route'] ?? [])].join(' '));
  }

  it.each<[Pick<FlushOptions, 'include' | 'exclude'>, string[]]>([
    [{ include: 'api.*' }, ['api.calls', 'api.latency', 'api.requests /a', 'api.requests /b']],
    [{ include: 'apis' }, ['apis']],
    [{ include: 'a+b' }, ['a+b']],
    [{ include: '*l*', exclude: '*y' }, ['api.calls']],
    [{ include: /^api\.(calls|lat)/g }, ['api.calls', 'api.latency']],
    [{ include: { status: 500 } }, ['api.requests /b']],
    [{ include: { status: '*', route: '/?' } }, []],
    [{ include: [{ route: '/a' }, 'apis'] }, ['api.requests /a', 'apis']],
    [{ include: (series: Series) => series.kind === 'histogram' }, ['api.latency']],
    [{ exclude: ['api.*', 'a+b'] }, ['apis']],
    [{ exclude: { app: 'shop' } }, []],
    [
      {
        include: () => {
          throw new Error('the host');
        },
      },
      [],
    ],
  ])('%j', async (options, expected) => {
    expect(await names(options, 'delta')).toEqual(expected);
    expect(await names(options, 'cumulative')).toEqual(expected);
  });

  it('adds tags, in what is sent and nowhere else', async () => {
    const memory = memoryBackend();
    await recorder.flushTo(memory, { every: hour, include: 'api.calls', tags: { site: ['b', 'a'] } }).flush();
    expect(memory.received.map(({ tags }) => ({ ...tags }))).toEqual([{ app: ['shop'], site: ['a', 'b'] }]);
    expect([...recorder.snapshot()][0]?.tags).toEqual([['app', 'shop']]);
  });

  it('keeps what is owed of series that end, of those that are wanted alone', async () => {
    const own = quiet();
    const family = own.counter('c', { tagNames: ['k'] });
    const memory = memoryBackend();
    const flusher = own.flushTo(memory, { every: hour, include: { k: 'a*' } });
    for (const k of ['a1', 'a2', 'b']) family.with({ k }).add(3);
    family.clear();
    family.with({ k: 'a1' }).add(4);
    family.with({ k: 'b' }).add(4);
    // Two that have ended, and one that came back.
    expect(flusher.status().pending).toBe(3);
    await flusher.flush();
    memory.expectCounter('c').toBe(10);
    memory.expectCounter('c', { k: 'a1' }).toBe(7);
    expect(flusher.status().pending).toBe(0);
  });

  it.each([
    [{ include: 3 }],
    [{ exclude: [null] }],
    [{ jitter: 0.6 }],
    [{ jitter: '1' }],
    [{ align: 1 }],
    [{ retries: -1 }],
    [{ tags: 5 }],
    [{ retry: 1 }],
  ])('refuses %j', (options) => {
    expect(() => recorder.flushTo(memoryBackend(), { every: hour, ...(options as object) })).toThrow(
      MetricsError,
    );
  });
});

describe('the end', () => {
  it('comes within its deadline, says what did not make it, and is joined', async () => {
    const recorder = quiet();
    recorder.counter('a').add();
    recorder.counter('b').add();
    recorder.counter('c').add();
    const { backend, sent } = answering([delivered, 'hang']);
    const flusher = recorder.flushTo(backend, { every: hour });
    const begun = performance.now();
    const first = flusher.close({ deadline: 400 });
    expect(flusher.close()).toBe(flusher.close({ deadline: 1 }));
    const report = await first;
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(report).toMatchObject({ complete: false, samples: 1, unknown: 1, pending: 1 });
    expect(sent[1]?.aborted()).toBe(true);
    expect(flusher.status()).toMatchObject({ state: 'closed', pending: 1, nextAttempt: undefined });
    expect(await flusher.flush()).toMatchObject({ complete: false, passes: 0 });
  });

  it('can be the deadline while a pass runs that hangs', async () => {
    const recorder = quiet();
    recorder.counter('a').add();
    const { backend, sent } = answering(['hang']);
    const flusher = recorder.flushTo(backend, { every: hour });
    void flusher.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const begun = performance.now();
    expect(await flusher.close({ deadline: 300 })).toMatchObject({ complete: false });
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(sent).toHaveLength(1);
  });

  it('of destroy is at once, with nothing sent', async () => {
    const recorder = quiet();
    recorder.counter('a').add();
    const { backend, sent } = answering([delivered]);
    const flusher = recorder.flushTo(backend, { every: hour });
    expect(await flusher.destroy()).toMatchObject({ complete: false, passes: 0, pending: 1 });
    expect(flusher.destroy()).toBe(flusher.close());
    expect(sent).toHaveLength(0);
    expect(flusher.status().state).toBe('closed');
  });

  it('does not wait for a backend that does not let go', async () => {
    const { backend } = answering([delivered]);
    const flusher = quiet().flushTo({ ...backend, close: () => new Promise(() => {}) }, { every: hour });
    expect(await flusher.close()).toMatchObject({ complete: true });
    expect(flusher.status().state).toBe('closed');
  });

  it('of a recorder is that of all its flushers', async () => {
    const recorder = quiet();
    recorder.counter('a').add();
    const well = memoryBackend();
    recorder.flushTo(well, { every: hour });
    const ill = recorder.flushTo(answering(['hang']).backend, { every: hour });
    const begun = performance.now();
    await Promise.all([recorder.close({ deadline: 300 }), recorder.close()]);
    expect(performance.now() - begun).toBeLessThan(1500);
    well.expectCounter('a').toBe(1);
    expect(ill.status()).toMatchObject({ state: 'closed' });
    await recorder.destroy();
    expect(() => recorder.flushTo(well, { every: hour })).toThrow(MetricsError);
  });
});

describe('the status', () => {
  it('tells the age of the oldest that is not delivered', async () => {
    let now = 1000;
    const recorder = quiet({ clock: { now: () => now } });
    const counter = recorder.counter('c');
    const histogram = recorder.histogram('h');
    let outcome = failed;
    const delta = recorder.flushTo(memoryBackend({ respond: () => outcome }), { every: hour });
    const totals = recorder.flushTo(memoryBackend({ respond: () => outcome, temporality: 'cumulative' }), {
      every: hour,
    });
    expect([delta, totals].map((one) => one.status().oldestUndelivered)).toEqual([undefined, undefined]);
    now = 2000;
    counter.add();
    now = 5000;
    await Promise.all([delta.flush(), totals.flush()]);
    expect([delta, totals].map((one) => one.status().oldestUndelivered)).toEqual([4000, 4000]);
    outcome = delivered;
    await Promise.all([delta.flush(), totals.flush()]);
    expect([delta, totals].map((one) => one.status().oldestUndelivered)).toEqual([undefined, undefined]);
    now = 9000;
    histogram.record(1);
    counter.add();
    expect(delta.status()).toMatchObject({ oldestUndelivered: 4000, pending: 2 });
    now = 10_000;
    counter.clear();
    expect(delta.status().oldestUndelivered).toBe(5000);
  });

  it("is in the recorder's own metrics where that is asked for", async () => {
    const recorder = quiet({ ownMetrics: true });
    recorder.counter('c').add();
    let outcome = failed;
    const memory = memoryBackend({ respond: () => outcome });
    const flusher = recorder.flushTo(memory, { every: hour });
    await flusher.flush();
    outcome = delivered;
    await flusher.flush();
    await flusher.flush();
    const tags = { backend: 'memory', target: 'memory' };
    memory.expectCounter('circmetrics.flush.passes', tags).toBe(3);
    memory.expectCounter('circmetrics.flush.payloads', tags).toBe(1);
    memory.expectGauge('circmetrics.flush.failures', tags).toBe(0);
    // A second flusher to the same place goes on where the first one stopped.
    await flusher.close();
    const other = memoryBackend();
    const second = recorder.flushTo(other, { every: hour });
    await second.flush();
    await second.flush();
    other.expectCounter('circmetrics.flush.passes', tags).toBe(6);
  });
});

describe('the event loop', () => {
  it('has its turn within a payload, and an empty one is not sent', async () => {
    const recorder = quiet();
    const family = recorder.counter('c', { tagNames: ['n'], maxSeries: 20_000 });
    for (let n = 0; n < 20_000; n++) family.with({ n }).add();
    const memory = memoryBackend();
    let pauses = 0;
    const backend: Backend = {
      ...memory,
      *encode(snapshot, drop, due) {
        for (const sample of snapshot) {
          const until = performance.now() + 0.002;
          while (performance.now() < until);
          if (due?.() === true) {
            pauses++;
            yield { body: '', parts: [] };
          }
          drop(sample, 'test');
        }
      },
    };
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const report = await recorder.flushTo(backend, { every: hour }).flush();
    clearInterval(timer);
    expect(report).toMatchObject({ complete: true, payloads: 0, dropped: { test: 20_000 } });
    expect(pauses).toBeGreaterThan(2);
    expect(turns).toBeGreaterThanOrEqual(pauses - 1);
  });
});
