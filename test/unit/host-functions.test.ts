// Functions of the host's, and of its backends: whatever they do ends with them.
import { type Backend, Recorder, type SendResult, type Snapshot } from 'circmetrics';
import { graphite } from 'circmetrics/graphite';
import { memoryBackend } from 'circmetrics/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hour, quiet } from './answering.js';
import { written } from './written.js';

/** What nobody handled. Vitest would tell of it as well, but of no test. */
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  // Node.js tells of a rejection once the microtasks are done.
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off('unhandledRejection', note);
  expect(unhandled.splice(0)).toEqual([]);
});

const thrower = (what: string) => ({
  get [what]() {
    throw new Error(`the getter of ${what}`);
  },
});

/** What may be thrown, rejected with, or given, none of which can be used and some of which cannot be looked at. */
const nonsense: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'a symbol': () => Symbol('nonsense'),
  'a bigint': () => 5n,
  'an object without a prototype': () => Object.create(null),
  'an object that cannot be shown': () => thrower(Symbol.toStringTag as unknown as string),
  'an object that is no text': () => ({ toString: () => ({}), valueOf: () => ({}) }),
  'an error without a message': () => thrower('message'),
  'what seems to be a promise': () => thrower('then'),
  'a thenable that throws': () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
    then: () => {
      throw new Error('thenable');
    },
  }),
  'a proxy': () =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('proxy');
        },
      },
    ),
};
const all = Object.entries(nonsense);

/** Functions that give something, now or later, throw it, or reject with it. */
const functionsOf = (make: () => unknown): (() => never)[] =>
  [
    make,
    async () => make(),
    () => {
      throw make();
    },
    async () => {
      throw make();
    },
  ] as (() => never)[];

describe.each(all)('%s from a function of the host', (_, make) => {
  const functions = functionsOf(make);

  it('that is onWarning stops nothing', async () => {
    for (const onWarning of functions) {
      const recorder = new Recorder({ onWarning });
      const counter = recorder.counter('c', { tagNames: ['a'] });
      counter.with({} as { a: string }).add();
      counter.with({ a: 1 }).add();
      expect((await recorder.collect()).samples).toHaveLength(1);
    }
  });

  it('that observes is counted, told once, and spoils its own metric only', async () => {
    for (const observe of functions) {
      const warnings: string[] = [];
      const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
      recorder.counter('c').add();
      recorder.text('t', { observe });
      recorder.namespace('n').onCollect(() => {
        throw make();
      });
      for (let i = 0; i < 2; i++) {
        const values = [...(await recorder.collect())].map(({ value }) => value);
        expect(values).toEqual([1, null]);
      }
      expect(recorder.status().refused.callback).toBe(4);
      expect(warnings).toHaveLength(2);
      expect(warnings.join()).toMatch(/function of (text "t"|namespace "n")/);
    }
  });

  it('that selects series fits none', async () => {
    for (const select of functions) {
      const recorder = quiet();
      recorder.counter('c').add();
      const [included, rest] = [memoryBackend(), memoryBackend()];
      const flushers = [
        recorder.flushTo(included, { every: hour, include: select }),
        recorder.flushTo(rest, { every: hour, exclude: [select, 'other'] }),
      ];
      for (const flusher of flushers) expect(await flusher.flush()).toMatchObject({ complete: true });
      expect([included, rest].map(({ received }) => received.length)).toEqual([0, 1]);
    }
  });

  it('that names series drops them', () => {
    for (const naming of functions) {
      const { bodies, dropped } = written(graphite({ naming }), (recorder) => recorder.counter('c').add());
      expect([bodies, dropped]).toEqual([[], { c: 'no_name' }]);
    }
  });

  it('that responds for a memory backend is an answer that nobody knows', async () => {
    for (const respond of functions) {
      const recorder = quiet();
      recorder.counter('c').add(2);
      const memory = memoryBackend({ respond, onUnknown: 'resend' });
      const flusher = recorder.flushTo(memory, { every: hour });
      expect(await flusher.flush()).toMatchObject({ complete: false, unknown: 1, pending: 1 });
      const { code, message } = flusher.status().lastError ?? {};
      expect([typeof code, typeof message]).toEqual(['string', 'string']);
      await flusher.close();
    }
  });

  it('of a backend ends a pass at most', async () => {
    const encode = function* (snapshot: Snapshot) {
      yield { body: 'x', parts: [...snapshot] };
    };
    const send = async (): Promise<SendResult> => ({ outcome: 'delivered' });
    const wrong = make() as never;
    const odd: Partial<Backend>[] = functions.flatMap((one): Partial<Backend>[] => [
      { encode: one },
      { send: one },
      { close: one },
      { send: async () => ({ outcome: 'sent' }), finish: one },
    ]);
    odd.push(
      { encode: () => [wrong] },
      { encode: () => [{ body: wrong, parts: [] }] },
      { encode: () => [{ body: 'x', parts: wrong }] },
      { encode: (_, drop) => [drop(wrong, wrong)] as never },
      { send: async () => ({ outcome: wrong }) },
      {
        send: async () => ({
          outcome: 'failed',
          code: wrong,
          message: wrong,
          retryAfter: wrong,
          reply: wrong,
        }),
      },
    );
    for (const one of odd) {
      for (const temporality of ['delta', 'cumulative'] as const) {
        const recorder = quiet();
        const counter = recorder.counter('c');
        counter.add(3);
        const about = { name: 'odd', target: 'nowhere', temporality, onUnknown: 'resend' } as const;
        const flusher = recorder.flushTo({ ...about, encode, send, ...one }, { every: hour, retries: 0 });
        const { complete, error } = await flusher.flush();
        expect(complete).toBe(one.close !== undefined);
        if (!complete) expect([typeof error?.code, typeof error?.message]).toEqual(['string', 'string']);
        expect(flusher.status().state).toBe(complete ? 'waiting' : 'backing-off');
        expect(await flusher.close()).toMatchObject({ complete });
        expect(flusher.status().state).toBe('closed');
      }
    }
  });

  it('as a value is not recorded, also where the series has expired', () => {
    let now = 0;
    const recorder = quiet({ clock: { monotonic: () => now } });
    const options = { tagNames: ['a'], expireAfter: 10 } as const;
    const handles = [
      recorder.counter('counter', options).with({ a: 1 }),
      recorder.gauge('double', options).with({ a: 1 }),
      recorder.gauge('int64', { ...options, type: 'int64' }).with({ a: 1 }),
      recorder.text('text', options).with({ a: 1 }),
      recorder.histogram('histogram', options).with({ a: 1 }),
      recorder.timer('timer', options).with({ a: 1 }),
    ] as unknown as Record<string, ((...values: unknown[]) => void) | undefined>[];
    const recordAll = (): void => {
      for (const handle of handles) {
        for (const method of ['add', 'set', 'record', 'recordScaled', 'recordScaled']) {
          handle[method]?.(make(), 0);
          handle[method]?.(make());
        }
      }
    };
    recordAll();
    recorder.snapshot();
    now += 10;
    recorder.snapshot();
    recordAll();
    expect(recorder.status().refused.value).toBeGreaterThan(handles.length);
  });
});

describe('a backend that never finishes what it has sent', () => {
  it('may have sent it', async () => {
    const recorder = quiet();
    recorder.counter('c').add(2);
    const memory = memoryBackend({ respond: () => ({ outcome: 'sent' }), onUnknown: 'resend' });
    const backend: Backend = { ...memory, finish: () => new Promise(() => {}) };
    const flusher = recorder.flushTo(backend, { every: hour, timeout: 30 });
    const report = await flusher.flush();
    expect(report).toMatchObject({ complete: false, sent: 0, unknown: 1, pending: 1 });
    expect(report.error?.code).toBe('timeout');
    await recorder.destroy();
  });
});

describe('a getter of tags that throws', () => {
  const unreadable = thrower('a') as unknown as Record<string, string>;

  it('leads nowhere, is counted and told once, whatever number of tags there is', () => {
    for (let count = 1; count <= 6; count++) {
      const warnings: string[] = [];
      const recorder = new Recorder({ onWarning: (message) => warnings.push(message) });
      const tagNames = Array.from('abcdef'.slice(0, count));
      const family = recorder.counter('calls', { tagNames });
      for (let i = 0; i < 2; i++) family.with(unreadable).add();
      expect(family.remove(unreadable)).toBe(false);
      expect(recorder.snapshot().samples).toEqual([]);
      expect(recorder.status().refused).toMatchObject({ tag: 2, callback: 0 });
      expect(warnings).toEqual([expect.stringMatching(/"calls" are not recorded: .*the getter of a/)]);
      family.with(Object.fromEntries(tagNames.map((name) => [name, 1]))).add();
      expect(recorder.snapshot().samples).toHaveLength(1);
    }
  });
});

describe('options of collect that are none', () => {
  it('are the default ones', async () => {
    for (const make of Object.values(nonsense)) {
      const recorder = quiet();
      recorder.gauge('g', { observe: async () => 1 });
      const wrong = { timeout: make() as number };
      expect((await recorder.collect(wrong)).samples[0]?.value).toBe(1);
    }
    const recorder = quiet();
    recorder.gauge('g', { observe: () => new Promise((resolve) => setTimeout(resolve, 5, 1)) });
    // A timer of this length would be over at once.
    const { samples } = await recorder.collect({ timeout: Number.POSITIVE_INFINITY });
    expect(samples[0]?.value).toBe(1);
  });
});

describe('a warning without onWarning', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('does not throw where process.emitWarning does', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {
      throw new Error('warnings are errors here');
    });
    const recorder = new Recorder();
    recorder
      .counter('c', { tagNames: ['a'] })
      .with({} as { a: string })
      .add();
    expect(emit).toHaveBeenCalledTimes(1);
    expect(recorder.status().refused).toMatchObject({ tag: 1, callback: 1 });
  });
});
