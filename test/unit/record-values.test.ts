// Values that handles take, keep exactly, cut, measure, or refuse.
import { Recorder } from 'circmetrics';
import { describe, expect, it } from 'vitest';
import { call } from './refusals.js';

const bad: readonly unknown[] = [
  Number.NaN,
  Infinity,
  -Infinity,
  'x',
  '5',
  undefined,
  null,
  {},
  [],
  Symbol('s'),
  true,
];

describe('bad values', () => {
  it('are counted and never thrown', () => {
    const recorder = new Recorder();
    const counter = recorder.counter('c');
    const timer = recorder.timer('t');
    const histogram = recorder.histogram('h');
    for (const value of [...bad.filter((v) => v !== undefined), -1, 5n]) call(counter, 'add', value);
    for (const value of bad) {
      call(histogram, 'record', value);
      call(timer, 'record', 1, value === undefined ? -1 : value);
      call(histogram, 'recordScaled', value, 0);
    }
    call(histogram, 'record', 1, 0.5);
    expect(counter.value).toBe(0);
    expect(histogram.histogram().count).toBe(0);
    expect(recorder.status().refused.value).toBe(12 + bad.length * 3 + 1);
  });

  it('make a gauge null until it is set again', () => {
    const recorder = new Recorder();
    for (const type of ['double', 'int32', 'uint32', 'int64', 'uint64'] as const) {
      const gauge = recorder.gauge(type, { type });
      for (const value of bad) {
        gauge.set(1);
        expect(gauge.value).toBe(type.endsWith('64') ? 1n : 1);
        call(gauge, 'set', value);
        expect(gauge.value).toBeNull();
        gauge.add(1);
        expect(gauge.value).toBeNull();
      }
      gauge.clear();
      expect(gauge.value).toBe(type.endsWith('64') ? 0n : 0);
    }
    expect(recorder.status().refused.value).toBe(5 * bad.length);
  });
});

describe('gauges', () => {
  it.each([
    ['int32', -(2n ** 31n), 2n ** 31n - 1n],
    ['uint32', 0n, 2n ** 32n - 1n],
    ['int64', -(2n ** 63n), 2n ** 63n - 1n],
    ['uint64', 0n, 2n ** 64n - 1n],
  ] as const)('of type %s keep their range exactly', (type, min, max) => {
    const recorder = new Recorder();
    const gauge = recorder.gauge('g', { type: type as 'int64' });
    for (const value of [min, max, max - 1n]) {
      gauge.set(value);
      expect(BigInt(gauge.value ?? -1n)).toBe(value);
      expect(BigInt(recorder.snapshot().samples[0]?.value as bigint)).toBe(value);
    }
    for (const value of [min - 1n, max + 1n, 0.5]) {
      gauge.set(value);
      expect(gauge.value).toBeNull();
    }
    gauge.set(max);
    gauge.add(1);
    expect(gauge.value).toBeNull();
  });
});

describe('texts', () => {
  it('are cut at 512 bytes between characters', () => {
    const text = new Recorder().text('t');
    for (const [unit, bytes] of [
      ['a', 1],
      ['é', 2],
      ['日', 3],
      ['😀', 4],
    ] as const) {
      text.set(`x${unit.repeat(600)}`);
      const kept = new TextEncoder().encode(text.value ?? '').length;
      expect(kept).toBe(1 + Math.floor(511 / bytes) * bytes);
    }
    text.set('b'.repeat(512));
    expect(text.value).toHaveLength(512);
  });
});

describe('timers', () => {
  it('measure by their clock in every form, and say how many run', async () => {
    let now = 0;
    const recorder = new Recorder({ clock: { monotonic: () => now } });
    const timer = recorder.timer('t');
    const stop = timer.start();
    expect(timer.active).toBe(1);
    now += 250;
    expect([stop(), stop(), timer.active]).toEqual([0.25, 0.25, 0]);
    {
      using _ = timer.measure();
      now += 40;
    }
    expect(timer.time(() => (now += 30))).toBe(320);
    expect(() =>
      timer.time(() => {
        throw new Error('host');
      }),
    ).toThrow('host');
    await expect(timer.time(async () => 'v')).resolves.toBe('v');
    await expect(timer.time(() => Promise.reject(new Error('late')))).rejects.toThrow('late');
    const host = {
      factor: 2,
      twice: timer.wrap(function twice(this: { factor: number }, n: number) {
        return n * this.factor;
      }),
    };
    expect([host.twice(4), host.twice.name, host.twice.length]).toEqual([8, 'twice', 1]);
    expect([timer.active, timer.histogram().count]).toEqual([0, 7]);
  });
});
