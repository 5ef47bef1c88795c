// What a flusher does with its payloads, how it ends, what it tells, and what it leaves of the event loop.
import { type Backend, MetricsError } from 'circmetrics';
import { memoryBackend } from 'circmetrics/testing';
import { describe, expect, it } from 'vitest';
import { answering, delivered, failed, hour, quiet } from './answering.js';

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

describe('a pass of every flusher', () => {
  it('gives all reports, and never rejects', async () => {
    const recorder = quiet();
    recorder.counter('c').add(7);
    const [good, bad] = [answering([delivered]), answering([failed])];
    for (const { backend } of [good, bad]) recorder.flushTo(backend, { every: hour, retries: 0 });
    expect(await recorder.flush()).toMatchObject([{ complete: true }, { complete: false, pending: 1 }]);
    expect([good, bad].map(({ sent }) => sent.length)).toEqual([1, 1]);
    expect(recorder.status().flushers.map(({ state }) => state)).not.toContain('closed');
    await recorder.destroy();
    expect(await recorder.flush()).toMatchObject([{ complete: false }, { complete: false }]);
    expect(await quiet().flush()).toEqual([]);
  });
});

describe('a protocol without a reply', () => {
  it('has sent nothing for sure whose end of a pass never comes', async () => {
    const { backend } = answering([{ outcome: 'sent' }]);
    const recorder = quiet();
    recorder.counter('c').add(1);
    const silent: Backend = { ...backend, finish: () => new Promise(() => {}) };
    const flusher = recorder.flushTo(silent, { every: hour, timeout: 50, onUnknown: 'resend' });
    expect(await flusher.flush()).toMatchObject({ complete: false, sent: 0, unknown: 1, pending: 1 });
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
    const recorder = quiet({ clock: { now: () => now, monotonic: () => now } });
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
