// When a flusher makes its passes.
import type { FlushOptions, SendResult } from 'circmetrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answering, delivered, failed, hour, quiet } from './answering.js';

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

  it.each([0.34, 0.5])('has one pass a beat with jitter of %d, however far it moves each', async (jitter) => {
    const extremes = [0, 0.999_999, 0.999_999, 0, 0.5, 0.999_999, 0, 0, 0.999_999, 0.5];
    for (const align of [false, true]) {
      let call = 0;
      vi.spyOn(Math, 'random').mockImplementation(() => extremes[call++ % extremes.length] ?? 0);
      const { at, gaps } = await times({ every: 1000, jitter, align }, [delivered], 30);
      const origin = align ? 0 : (at[0] ?? 0) - (gaps[0] ?? 0);
      const beats = at.map((time) => {
        const beat = (time - origin) / 1000;
        return align ? Math.floor(beat) : Math.ceil(beat);
      });
      expect(beats).toEqual(beats.map((_, i) => (beats[0] ?? 0) + i));
    }
  });

  it.each([
    [-450, [1450, 2450]],
    [-1000, [2000, 3000]],
    [-1001, [1, 1001]],
    [-hour - 300, [300, 1300]],
    [450, [550, 1550]],
    // It is a beat, and the pass after that is on the next one.
    [hour, [1, 1000]],
    [hour + 300, [700, 1700]],
  ])('goes on where the clock is set by %i ms during a pass', async (by, next) => {
    vi.setSystemTime(1_700_000_000_000);
    const recorder = quiet();
    recorder.counter('c');
    const begun: number[] = [];
    const { backend } = answering([delivered], 'cumulative');
    const flusher = recorder.flushTo(
      {
        ...backend,
        send: async () => {
          // The first pass is on a beat; the clock is set before it ends.
          if (begun.push(performance.now()) === 1) vi.setSystemTime(Date.now() + by);
          return delivered;
        },
      },
      { every: 1000, align: true },
    );
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5000);
    await flusher.destroy();
    const since = begun.map((time) => Math.round(time - (begun[0] ?? 0)));
    expect(since.slice(0, 3)).toEqual([0, ...next]);
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
