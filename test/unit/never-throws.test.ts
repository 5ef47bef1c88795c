// What says that it never throws is given everything that there is.
import { Recorder } from 'circmetrics';
import { memoryBackend } from 'circmetrics/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { call } from './refusals.js';

const fails = (): never => {
  throw new Error('of the host');
};
const junk: readonly unknown[] = [
  null,
  undefined,
  Number.NaN,
  -1,
  Number.POSITIVE_INFINITY,
  'x',
  true,
  -1n,
  2n ** 70n,
  Symbol('x'),
  {},
  [],
  fails,
  { valueOf: fails, toString: fails },
  Object.create(null),
];

/** A handle of each kind, of families whose series expire. */
function handles(recorder: Recorder) {
  const options = { tagNames: ['a'], expireAfter: 1_000_000 } as const;
  const gauge = (type: 'double' | 'int32' | 'uint64') => recorder.gauge(type, { ...options, type });
  const families = [
    recorder.counter('counter', options),
    gauge('double'),
    gauge('int32'),
    gauge('uint64'),
    recorder.histogram('histogram', options),
    recorder.timer('timer', options),
    recorder.text('text', options),
  ];
  return families.map((family) => ({
    handle: family.with({ a: 1 }) as object,
    remove: () => family.remove({ a: 1 }),
  }));
}

describe.each(['new', 'without cells', 'ended', 'disabled'])('a handle that is %s', (state) => {
  it.each(['add', 'set', 'record', 'recordScaled'])('%s', (method) => {
    const recorder = new Recorder({ onWarning: () => {}, enabled: state !== 'disabled' });
    const all = handles(recorder);
    for (const first of junk) {
      for (const second of junk) {
        // Takes the cells away, as every read does.
        if (state === 'without cells') recorder.snapshot();
        for (const { handle, remove } of all) {
          if (state === 'ended') remove();
          expect(() => call(handle, method, first, second, first)).not.toThrow();
        }
      }
    }
  });
});

it('with, of any tags and values', () => {
  const recorder = new Recorder({ onWarning: () => {} });
  for (const length of [1, 2, 3, 4, 5]) {
    const tagNames = Array.from({ length }, (_, i) => `t${i}`);
    const family = recorder.counter(`c${length}`, { tagNames });
    for (const value of junk) {
      for (const tags of [value, Object.fromEntries(tagNames.map((name) => [name, value]))]) {
        expect(() => family.with(tags as never).add()).not.toThrow();
      }
    }
  }
});

describe('what never rejects', () => {
  const options = [...junk, ...junk.map((value) => ({ timeout: value, deadline: value }))];
  options.push(Object.defineProperties({}, { timeout: { get: fails }, deadline: { get: fails } }));
  const recorders: Recorder[] = [];
  const flushing = () => {
    const recorder = new Recorder({ onWarning: () => {} });
    recorders.push(recorder);
    return { recorder, flusher: recorder.flushTo(memoryBackend(), { every: 3_600_000 }) };
  };
  afterEach(() => Promise.all(recorders.splice(0).map((recorder) => recorder.destroy())));

  it.each<[string, (one: ReturnType<typeof flushing>) => object]>([
    ['collect', ({ recorder }) => recorder],
    ['close', ({ recorder }) => recorder],
    ['close', ({ flusher }) => flusher],
  ])('%s', async (method, of) => {
    for (const given of options) {
      await expect((async () => call(of(flushing()), method, given))()).resolves.not.toBe(fails);
    }
  });
});
