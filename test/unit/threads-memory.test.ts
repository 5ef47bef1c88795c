// The memory that threads share: when it is used up, what is counted in it, and how it is given and taken.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Recorder } from '../../src/index.js';
import { attach, share } from '../../src/node/index.js';
import { Fleet } from './fleet.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('memory', () => {
  it('that is used up is counted and told, and the thread goes on', () => {
    const fleet = new Fleet({ maxBytes: 2 ** 20 });
    const worker = fleet.worker();
    const size = worker.histogram('size', { tagNames: ['id'], maxSeries: 5000 });
    const text = worker.text('text', { tagNames: ['id'] });
    const calls = worker.counter('calls', { tagNames: ['id'], maxSeries: 5000 });
    for (let id = 0; id < 1000; id++) {
      size.with({ id }).record(1, 2);
      text.with({ id }).set('x');
      calls.with({ id }).add(1);
    }
    for (let id = 0; id < 1000; id += 7) size.remove({ id });
    const own = worker.snapshot().samples;
    expect(own.filter(({ kind }) => kind === 'counter').every(({ value }) => value === 1)).toBe(true);
    expect(own.filter(({ kind }) => kind === 'text').every(({ value }) => value === 'x')).toBe(true);
    expect(own.length).toBe(3000 - Math.ceil(1000 / 7));
    const { memory } = worker.status().refused;
    expect(memory).toBeGreaterThan(500);
    fleet.recorder.snapshot();
    expect(fleet.recorder.status().refused.memory).toBe(memory);
    expect(fleet.warnings).toEqual([
      'worker: The memory that threads share is used up; raise the maxBytes of share.',
    ]);
    fleet.end(worker);
    fleet.worker().counter('more').add(1);
    expect(fleet.totals['more']).toBe(1);
  });

  it('too large for a slab is none', () => {
    const fleet = new Fleet();
    const worker = fleet.worker();
    const calls = worker.counter('calls', { tagNames: ['id'] });
    calls.with({ id: 'x'.repeat(70_000) }).add(1);
    calls.with({ id: 'y'.repeat(60_000) }).add(2);
    const totals = Object.values(fleet.totals);
    expect(totals).toEqual([2]);
    expect(worker.status().refused.memory).toBe(1);
  });
});

describe('refusals', () => {
  it('of threads are counted where they are and where they are read, of those that have ended too', () => {
    const fleet = new Fleet();
    const [a, b] = [fleet.worker(), fleet.worker()];
    const calls = a.counter('calls');
    for (let i = 0; i < 3; i++) calls.add(-1);
    b.counter('by', { tagNames: ['id'] }).with({} as { id: string });
    fleet.recorder.snapshot();
    calls.add(Number.NaN);
    expect(a.status().refused).toMatchObject({ value: 4, tag: 0 });
    fleet.end(a);
    fleet.end(b);
    fleet.worker();
    fleet.recorder.snapshot();
    expect(fleet.recorder.status().refused).toMatchObject({ value: 4, tag: 1 });
  });
});

describe('share and attach', () => {
  const shared = share(new Recorder());

  it.each([
    ['attach in the thread that shares', () => attach({ metrics: shared }), 'invalid_thread'],
    ['attach to something else', () => attach({ some: 'thing' }), 'invalid_option'],
    ['attach to nothing', () => attach(undefined), 'invalid_option'],
    ['share something else', () => share({} as Recorder), 'invalid_option'],
    ['share with too little memory', () => share(new Recorder(), { maxBytes: 1 }), 'invalid_option'],
    ['share with a misspelt option', () => share(new Recorder(), { max: 1 } as object), 'invalid_option'],
    ['share a worker’s recorder', () => share(new Fleet().worker()), 'invalid_thread'],
  ])('refuse to %s', (_, attempt, code) => {
    expect(attempt).toThrow(expect.objectContaining({ name: 'MetricsError', code }));
  });

  it('say what is missing where there is no memory to share', () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(() => share(new Recorder())).toThrow(/no SharedArrayBuffer that grows/);
  });

  it('do nothing for a recorder that is disabled', () => {
    const off = new Recorder({ enabled: false });
    const worker = attach(share(off), { tags: { worker: '1' } });
    worker.counter('calls').add(1);
    expect([...worker.snapshot(), ...off.snapshot()]).toEqual([]);
  });

  it('give the same memory for every worker', () => {
    const recorder = new Recorder();
    expect(share(recorder).buffer).toBe(share(recorder, { maxBytes: 2 ** 21 }).buffer);
  });
});
