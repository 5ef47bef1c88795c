// What a flusher makes of payloads that may have arrived: it asks before it sends more, and counts by the end of a pass.
import type { Backend, FlushOptions, Outcome, Sample, SendResult } from 'circmetrics';
import { describe, expect, it } from 'vitest';
import { answering, delivered, failed, hour, quiet } from './answering.js';

const unknown: SendResult = { outcome: 'unknown', code: '502', message: 'bad gateway' };
const rejected: SendResult = { outcome: 'rejected', code: '403', message: 'no' };

describe('after a payload that may have arrived', () => {
  function asking(answers: readonly SendResult[], options: Partial<FlushOptions> = {}, more = {}) {
    const recorder = quiet();
    const { backend, sent } = answering(answers);
    const settings = { every: hour, retries: 0, ...options };
    const flusher = recorder.flushTo({ ...backend, probe: 'empty', ...more }, settings);
    const pass = () => {
      recorder.counter('c').add(1);
      return flusher.flush();
    };
    let seen = 0;
    /** What was sent since the last call. */
    const bodies = (): string[] => {
      const fresh = sent.slice(seen).map(({ body }) => body);
      seen = sent.length;
      return fresh;
    };
    return { pass, bodies };
  }

  it.each([
    ['delivered', delivered],
    ['rejected', rejected],
  ])('a backend is asked with an empty payload, and %s is an answer', async (_, answer) => {
    const { pass, bodies } = asking([unknown, answer, delivered]);
    expect(await pass()).toMatchObject({ complete: false, unknown: 1, pending: 0, error: { code: '502' } });
    expect(bodies()).toEqual(['c=1']);
    const { complete, payloads, samples, bytes, dropped } = await pass();
    expect({ complete, payloads, samples, bytes, dropped }).toEqual({
      complete: true,
      payloads: 1,
      samples: 1,
      bytes: 3,
      dropped: {},
    });
    expect(bodies()).toEqual(['empty', 'c=1']);
    // It was heard, and is not asked again.
    await pass();
    expect(bodies()).toEqual(['c=1']);
  });

  it.each([
    ['failed', failed],
    ['unknown', unknown],
  ])('it is asked at each pass while that is %s, and keeps the rest', async (_, answer) => {
    const { pass, bodies } = asking([unknown, answer, answer, delivered]);
    await pass();
    for (let pending = 1; pending < 3; pending++) {
      const error = { code: answer.code, message: answer.message };
      expect(await pass()).toMatchObject({ complete: false, unknown: 0, pending: 1, error });
    }
    expect(bodies()).toEqual(['c=1', 'empty', 'empty']);
    expect(await pass()).toMatchObject({ complete: true, samples: 1 });
    expect(bodies()).toEqual(['empty', 'c=3']);
  });

  it('it is asked within the pass where the payload is sent again', async () => {
    const { pass, bodies } = asking([unknown, delivered], { retries: 1, onUnknown: 'resend' });
    expect(await pass()).toMatchObject({ complete: true, unknown: 1, retries: 1 });
    expect(bodies()).toEqual(['c=1', 'empty', 'c=1']);
  });

  it('it is not asked where it has no empty payload, or where totals are sent', async () => {
    for (const more of [{ probe: undefined }, { temporality: 'cumulative' }]) {
      const { pass, bodies } = asking([unknown, delivered], {}, more);
      await pass();
      await pass();
      expect(bodies()).not.toContain('empty');
    }
  });
});

describe('a protocol without a reply', () => {
  function finishing(
    finish: Backend['finish'] | undefined,
    options: Partial<FlushOptions> = {},
    answers?: SendResult[],
  ) {
    const recorder = quiet();
    const { backend, sent } = answering(answers ?? [{ outcome: 'sent' }]);
    const flusher = recorder.flushTo({ ...backend, ...(finish && { finish }) }, { every: hour, ...options });
    for (const name of ['a', 'bb']) recorder.counter(name).add(1);
    return { flusher, sent, recorder };
  }
  const result = (outcome: Outcome) => async (): Promise<SendResult> => ({
    outcome,
    code: 'x',
    message: 'why',
  });

  it('commits a payload of any number of parts when the pass ends', async () => {
    const recorder = quiet();
    const family = recorder.counter('c', { tagNames: ['n'], maxSeries: 1 });
    family.with({ n: 1 }).add(7);
    const { backend } = answering([{ outcome: 'sent' }]);
    const flusher = recorder.flushTo(
      {
        ...backend,
        finish: result('sent'),
        *encode(snapshot) {
          // More than a call can have arguments.
          const parts = Array.from({ length: 300_000 }, () => snapshot.samples[0] as Sample);
          yield { body: 'c=7', parts };
        },
      },
      { every: hour, onUnknown: 'resend' },
    );
    expect(await flusher.flush()).toMatchObject({ complete: true, sent: 1, error: undefined, pending: 0 });
  });

  it.each(['resend', 'drop'] as const)(
    'counts what it sent by the end of the pass: %s',
    async (onUnknown) => {
      const { flusher, recorder } = finishing(result('sent'), { onUnknown });
      const whole = { complete: true, sent: 2, payloads: 2, samples: 2, bytes: 7, unknown: 0, pending: 0 };
      expect(await flusher.flush()).toMatchObject(whole);
      expect(flusher.status()).toMatchObject({ pending: 0, totals: { sent: 2, payloads: 2, bytes: 7 } });
      recorder.counter('a').add(5);
      expect(await flusher.flush()).toMatchObject(whole);
      expect(flusher.status().totals).toMatchObject({ sent: 4, payloads: 4, samples: 4, bytes: 14 });
    },
  );

  it.each([
    ['is unknown', result('unknown'), 'x'],
    ['failed', result('failed'), 'x'],
    ['throws', () => Promise.reject(Object.assign(new Error('why'), { code: 'x' })), 'x'],
    ['is no answer', (async () => ({ outcome: 'what' })) as never, 'invalid_outcome'],
  ])('whose end %s has nothing that is known to have arrived', async (_, finish, code) => {
    for (const [onUnknown, pending] of [
      ['resend', 2],
      ['drop', 0],
    ] as const) {
      const { flusher, sent, recorder } = finishing(finish, { onUnknown });
      const none = { complete: false, sent: 0, payloads: 0, samples: 0, bytes: 0, unknown: 2, retries: 0 };
      expect(await flusher.flush()).toMatchObject({ ...none, pending, error: { code } });
      expect(sent.splice(0)).toHaveLength(2);
      recorder.counter('a').add(1);
      await flusher.flush();
      expect(sent[0]?.body).toBe(pending === 0 ? 'a=1' : 'a=2');
    }
  });

  it('that breaks amid a pass leaves all of it unknown, and sends nothing again', async () => {
    let finished = 0;
    const { flusher, sent } = finishing(
      async () => {
        finished++;
        return { outcome: 'sent' };
      },
      { onUnknown: 'resend', retries: 2 },
      [{ outcome: 'sent' }, unknown],
    );
    const report = await flusher.flush();
    expect(report).toMatchObject({
      complete: false,
      sent: 0,
      payloads: 0,
      unknown: 2,
      retries: 0,
      pending: 2,
    });
    expect(sent).toHaveLength(2);
    // Of nothing there is no end.
    expect(finished).toBe(0);
  });

  it('that fails amid a pass has sent what went before, and sends the rest again', async () => {
    const { flusher, sent } = finishing(result('sent'), { retries: 1 }, [
      { outcome: 'sent' },
      { ...failed, retryAfter: 1 },
      { outcome: 'sent' },
    ]);
    expect(await flusher.flush()).toMatchObject({ complete: true, sent: 2, retries: 1, pending: 0 });
    expect(sent.map(({ body }) => body)).toEqual(['a=1', 'bb=1', 'bb=1']);
  });

  it('without an end of its own has sent each payload as soon as it was', async () => {
    const { flusher } = finishing(undefined, { onUnknown: 'resend', retries: 0 }, [
      { outcome: 'sent' },
      failed,
    ]);
    const report = await flusher.flush();
    expect(report).toMatchObject({ complete: false, sent: 1, payloads: 1, bytes: 3, samples: 1, pending: 1 });
  });
});

describe('a warning', () => {
  it.each([
    ['kept', failed, {}, 'nobody listens (ECONNREFUSED). It is retried.'],
    ['kept', unknown, { onUnknown: 'resend' }, 'bad gateway (502). It is retried.'],
    ['given up', unknown, { onUnknown: 'drop' }, 'bad gateway (502). What was sent is given up.'],
    ['given up', rejected, {}, 'no (403). What was sent is given up.'],
  ] as const)('says that what was sent is %s', async (_, answer, options, words) => {
    const warnings: string[] = [];
    const recorder = quiet({ onWarning: (message) => warnings.push(message) });
    recorder.counter('c').add(1);
    const { backend } = answering([answer, answer, delivered]);
    const flusher = recorder.flushTo(backend, { every: hour, retries: 0, ...options });
    for (let pass = 0; pass < 3; pass++) await flusher.flush();
    expect(warnings).toEqual([
      `Flushing to script at nowhere failed: ${words}`,
      'Flushing to script at nowhere works again. Passes that failed: 2.',
    ]);
  });
});
