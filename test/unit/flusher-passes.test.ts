// What a pass leaves for the next one, and what it says where its time is up.
import type { Backend, SendResult } from 'circmetrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answering, delivered, failed, hour, quiet } from './answering.js';

/** A delta backend that drops counters named `bad` and sends the others in one payload each. */
function dropping(answers: readonly (SendResult | 'hang')[] = [delivered]) {
  const { backend, sent } = answering(answers);
  const encode: Backend['encode'] = function* (snapshot, drop) {
    for (const sample of snapshot) {
      if (sample.name === 'bad') drop(sample, 'test');
      else yield { body: `${sample.name}=${String(sample.value)}`, parts: [sample] };
    }
  };
  return { backend: { ...backend, encode }, sent };
}

describe('a sample', () => {
  it('that is dropped is not owed, and counts as dropped once', async () => {
    const recorder = quiet();
    recorder.counter('bad').add(3);
    recorder.counter('good').add(2);
    let drops = true;
    const { backend, sent } = dropping();
    const { encode } = answering([delivered]).backend;
    const flusher = recorder.flushTo(
      {
        ...backend,
        encode: (snapshot, drop, due) => (drops ? backend.encode : encode)(snapshot, drop, due),
      },
      { every: hour },
    );
    const { complete, samples, dropped, pending } = await flusher.flush();
    expect({ complete, samples, dropped, pending }).toEqual({
      complete: true,
      samples: 1,
      dropped: { test: 1 },
      pending: 0,
    });
    expect(flusher.status().pending).toBe(0);
    drops = false;
    recorder.counter('bad').add(1);
    expect((await flusher.flush()).dropped).toEqual({});
    expect(sent.map(({ body }) => body)).toEqual(['good=2', 'bad=1', 'good=0']);
    expect(flusher.status().totals.dropped).toEqual({ test: 1 });
    expect(flusher.status().lastDropped).toEqual([{ name: 'bad', reason: 'test' }]);
  });

  it.each([
    ['rejected', { rejected: 1 }, 0, 0],
    ['unknown', {}, 1, 0],
    ['failed', {}, 0, 1],
  ] as const)('that is %s is dropped or owed, but not both', async (outcome, dropped, unknown, pending) => {
    const recorder = quiet();
    const counter = recorder.counter('c');
    counter.add(3);
    const { backend, sent } = answering([{ outcome, code: 'x', message: 'why' }, delivered]);
    const flusher = recorder.flushTo(backend, { every: hour, retries: 0 });
    const report = await flusher.flush();
    expect(report).toMatchObject({ complete: false, payloads: 0, samples: 0, bytes: 0, unknown, pending });
    expect(report.dropped).toEqual(dropped);
    expect(report.error).toMatchObject({ code: 'x', message: 'why' });
    counter.add(1);
    const next = await flusher.flush();
    expect(next).toMatchObject({ complete: true, payloads: 1, samples: 1, bytes: 3, unknown: 0 });
    expect(next.dropped).toEqual({});
    expect(sent.at(-1)?.body).toBe(`c=${pending === 1 ? 4 : 1}`);
    expect(flusher.status().totals).toMatchObject({ passes: 2, payloads: 1, samples: 1, bytes: 3, unknown });
    expect(flusher.status().totals.dropped).toEqual(dropped);
  });
});

describe('a pass that is ended', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('by its time says how long that was, of what may have arrived and of what was not sent', async () => {
    const recorder = quiet();
    recorder.counter('a').add();
    const { backend, sent } = answering(['hang']);
    const flusher = recorder.flushTo(backend, { every: hour, timeout: 1234 });
    const pass = flusher.flush();
    await vi.advanceTimersByTimeAsync(1400);
    const message = 'the pass took longer than 1234 ms';
    expect(await pass).toMatchObject({ unknown: 1, error: { code: 'timeout', message } });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.aborted()).toBe(true);

    // Nothing was sent yet: what it would have sent is kept.
    const slow = recorder.flushTo(
      {
        ...backend,
        *encode(snapshot) {
          vi.advanceTimersByTime(1500);
          for (const sample of snapshot) yield { body: 'x', parts: [sample] };
        },
      },
      { every: hour, timeout: 1234, onUnknown: 'drop' },
    );
    const report = await slow.flush();
    expect(report).toMatchObject({ unknown: 0, pending: 1, error: { code: 'timeout', message } });
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['close', 'it was closed'],
    ['destroy', 'it was destroyed'],
  ] as const)('by %s says so', async (how, message) => {
    const recorder = quiet();
    recorder.counter('a').add();
    const { backend, sent } = answering(['hang']);
    const flusher = recorder.flushTo(backend, { every: hour });
    const pass = flusher.flush();
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(1);
    const end = how === 'close' ? flusher.close({ deadline: 300 }) : flusher.destroy();
    await vi.advanceTimersByTimeAsync(700);
    expect((await pass).error).toMatchObject({ code: 'timeout', message });
    await end;
    expect(flusher.status()).toMatchObject({ state: 'closed', lastError: { code: 'timeout', message } });
  });

  it('by its time and then by the host has ended by its time', async () => {
    const recorder = quiet();
    recorder.counter('a').add();
    const { backend } = answering(['hang']);
    const flusher = recorder.flushTo(backend, { every: hour, timeout: 500 });
    const pass = flusher.flush();
    await vi.advanceTimersByTimeAsync(550);
    const end = flusher.destroy();
    await vi.advanceTimersByTimeAsync(700);
    expect((await pass).error?.message).toBe('the pass took longer than 500 ms');
    await end;
  });

  it('keeps what one says that answers within the grace, and waits no longer', async () => {
    const recorder = quiet();
    recorder.counter('a').add();
    const { backend } = answering([delivered]);
    const answeringLate = (milliseconds: number, answer: SendResult): Backend => ({
      ...backend,
      send: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => setTimeout(() => resolve(answer), milliseconds));
        }),
    });
    const timeout = 500;
    const punctual = recorder.flushTo(answeringLate(99, failed), { every: hour, timeout });
    const late = recorder.flushTo(answeringLate(101, failed), { every: hour, timeout });
    const passes = Promise.all([punctual.flush(), late.flush()]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await passes).toMatchObject([
      { unknown: 0, pending: 1, error: { code: 'ECONNREFUSED' } },
      { unknown: 1, pending: 0, error: { code: 'timeout' } },
    ]);
  });

  it('waits no longer for the end of what it sent without a reply', async () => {
    const recorder = quiet();
    for (const name of ['a', 'b']) recorder.counter(name).add();
    const { backend, sent } = answering([{ outcome: 'sent' }]);
    const flusher = recorder.flushTo(
      {
        ...backend,
        *encode(snapshot, drop, due) {
          for (const payload of backend.encode(snapshot, drop, due)) {
            yield payload;
            vi.advanceTimersByTime(500);
          }
        },
        finish: () => new Promise(() => {}),
      },
      { every: hour, timeout: 500 },
    );
    const pass = flusher.flush();
    await vi.advanceTimersByTimeAsync(601);
    // The first was handed over, and nobody knows what became of it; the second was not.
    const error = { code: 'timeout', message: 'the pass took longer than 500 ms' };
    expect(await pass).toMatchObject({ complete: false, sent: 0, unknown: 1, pending: 1, error });
    expect(sent).toHaveLength(1);
  });

  it('leaves half of its time to send, where a gauge never answers', async () => {
    const start = Date.now();
    const recorder = quiet();
    recorder.counter('c').add();
    recorder.gauge('g', { observe: () => new Promise(() => {}) });
    const { backend, sent } = answering([delivered]);
    const flusher = recorder.flushTo(backend, { every: hour, timeout: 1000 });
    const pass = flusher.flush();
    await vi.advanceTimersByTimeAsync(1000);
    expect(await pass).toMatchObject({ complete: true, samples: 2, unknown: 0 });
    expect(sent.map(({ at }) => at - start)).toEqual([500, 500]);
  });
});

describe('what a backend gives', () => {
  const encoding = (encode: unknown): Partial<Backend> => ({ encode: encode as Backend['encode'] });
  const sending = (answer: unknown): Partial<Backend> => ({ send: async () => answer as SendResult });
  const outcomes = 'send must answer with an outcome (delivered, sent, rejected, failed, unknown), not';
  const payload = 'encode must yield payloads with a body, text or bytes, and a list of parts, not';

  it.each([
    [encoding(() => 5), 'error', 'encode must give an iterable, not 5'],
    [encoding(() => null), 'error', 'encode must give an iterable, not null'],
    [encoding(() => [null]), 'error', `${payload} null`],
    [encoding(() => [{ body: 'x' }]), 'error', `${payload} [object Object]`],
    [encoding(() => [{ body: 5, parts: [] }]), 'error', `${payload} [object Object]`],
    [sending(undefined), 'invalid_outcome', `${outcomes} undefined`],
    [sending({ outcome: 'ok' }), 'invalid_outcome', `${outcomes} "ok"`],
    [sending('delivered'), 'invalid_outcome', `${outcomes} "delivered"`],
    [sending({ outcome: 'toString' }), 'invalid_outcome', `${outcomes} "toString"`],
    [sending({ outcome: 'failed', code: 5, message: null }), 'failed', 'failed'],
  ])('that is wrong is told: %#', async (more, code, message) => {
    const warnings: string[] = [];
    const now = 1_700_000_000_123;
    const recorder = quiet({ clock: { now: () => now }, onWarning: (text) => warnings.push(text) });
    recorder.counter('c').add();
    const settings = { every: hour, retries: 0, onUnknown: 'resend' } as const;
    const flusher = recorder.flushTo({ ...answering([]).backend, ...more }, settings);
    expect(await flusher.flush()).toMatchObject({ complete: false, pending: 1, payloads: 0 });
    expect(flusher.status().lastError).toEqual({ at: now, code, message });
    expect(warnings).toEqual([`Flushing to script at nowhere failed: ${message} (${code}). It is retried.`]);
  });

  it('in reply is in the status, whatever became of the payload', async () => {
    const recorder = quiet();
    recorder.counter('c').add();
    const replies: SendResult[] = [
      { ...delivered, reply: { stats: 1 } },
      delivered,
      { ...failed, reply: 'busy' },
    ];
    const { backend } = answering(replies, 'cumulative');
    const flusher = recorder.flushTo(backend, { every: hour, retries: 0 });
    expect(flusher.status().reply).toBeUndefined();
    for (const reply of [{ stats: 1 }, { stats: 1 }, 'busy']) {
      await flusher.flush();
      expect(flusher.status().reply).toEqual(reply);
    }
  });

  it('is counted in bytes of UTF-8, or of the bytes', async () => {
    const recorder = quiet();
    recorder.counter('c').add();
    const { backend } = answering([delivered]);
    const bodies = ['ü', new Uint8Array(5), new TextEncoder().encode('ü')];
    const encode: Backend['encode'] = function* (snapshot) {
      for (const body of bodies) yield { body, parts: [...snapshot] };
    };
    const report = await recorder.flushTo({ ...backend, encode }, { every: hour }).flush();
    expect(report).toMatchObject({ complete: true, payloads: 3, bytes: 9, samples: 3 });
  });
});

describe('a payload that failed', () => {
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([0, 1, 5])('is sent again %i times, if the host says so', async (retries) => {
    const recorder = quiet();
    recorder.counter('c').add(7);
    const { backend, sent } = answering([failed]);
    const flusher = recorder.flushTo(backend, { every: hour, retries });
    expect(await flusher.flush()).toMatchObject({ complete: false, retries, pending: 1 });
    expect(sent).toHaveLength(retries + 1);
  });

  it('is sent again within the pass after a pause of a second at most', async () => {
    const recorder = quiet();
    recorder.counter('c').add(7);
    const { backend, sent } = answering([{ ...failed, retryAfter: 1001 }]);
    expect(await recorder.flushTo(backend, { every: hour }).flush()).toMatchObject({ retries: 0 });
    expect(sent).toHaveLength(1);
  });
});
