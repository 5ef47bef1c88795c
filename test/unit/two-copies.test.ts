// Two copies of the package in one program: a nested one, or what `jest.resetModules` leaves behind. One copy has the
// recorder, the other reads it.
import type { Backend } from 'circmetrics';
import { describe, expect, it, vi } from 'vitest';

async function copy() {
  vi.resetModules();
  return {
    ...(await import('circmetrics')),
    ...(await import('circmetrics/circonus')),
    ...(await import('circmetrics/graphite')),
    ...(await import('circmetrics/node')),
    ...(await import('circmetrics/prometheus')),
    ...(await import('circmetrics/statsd')),
    ...(await import('circmetrics/testing')),
  };
}

type Copy = Awaited<ReturnType<typeof copy>>;
const host = await copy();
const other = await copy();

const clock = { now: () => 1_700_000_000_123 };

/** A recorder of the host's copy, with something of every kind in it. */
function filled() {
  const recorder = new host.Recorder({ clock, onWarning: () => {}, tags: { app: 'shop' } });
  const histogram = recorder.histogram('size', { tagNames: ['route'] });
  const record = (): void => {
    recorder.counter('calls').add(3);
    recorder.gauge('depth').set(-2);
    recorder.text('version').set('v1');
    for (let i = 1; i <= 300; i++) histogram.with({ route: '/a' }).record(i / 7, i % 5);
  };
  record();
  return { recorder, record };
}

/** What a backend of a copy sends of three passes, between which something is recorded once. */
async function sent(make: (copy: Copy) => Backend, from: Copy) {
  const { recorder, record } = filled();
  const bodies: string[][] = [];
  const backend: Backend = {
    ...make(from),
    send: async ({ body }) => {
      bodies.at(-1)?.push(String(body));
      return { outcome: 'delivered' };
    },
  };
  const flusher = recorder.flushTo(backend, { every: 1e6, tags: { more: 'x' } });
  const reports = [];
  for (let pass = 0; pass < 3; pass++) {
    bodies.push([]);
    reports.push(await flusher.flush());
    if (pass === 0) record();
  }
  return { bodies, reports, pending: flusher.status().pending };
}

const url = 'http://127.0.0.1:1/';
const backends: Record<string, (copy: Copy) => Backend> = {
  'DogStatsD, bins': ({ statsd }) => statsd({ dialect: 'dogstatsd', maxPacketBytes: 300 }),
  'StatsD, summaries': ({ statsd }) => statsd(),
  'Circonus, differences': ({ circonus }) => circonus({ url, temporality: 'delta', maxPayloadBytes: 400 }),
  'Circonus, totals': ({ circonus }) => circonus({ url }),
  'Graphite, differences': ({ graphite }) => graphite({ temporality: 'delta' }),
  'Graphite, totals': ({ graphite }) => graphite(),
  'memory, differences': ({ memoryBackend }) => memoryBackend({ samplesPerPayload: 1 }),
};

describe('a recorder of one copy', () => {
  it('is of a class that the other does not have', () => {
    expect(filled().recorder).not.toBeInstanceOf(other.Recorder);
  });

  it.each(Object.entries(backends))(
    'is sent by a backend of the other as by its own: %s',
    async (_, make) => {
      const own = await sent(make, host);
      expect(own.bodies[0]?.join('')).not.toBe('');
      expect(own.pending).toBe(0);
      expect(await sent(make, other)).toEqual(own);
    },
  );

  it('keeps the contract with a backend of the other', async () => {
    for (const make of Object.values(backends)) {
      const checks = other.contractChecks({ make: () => make(host), deadPort: 1, limits: [] });
      for (const { name, run } of checks) if (name.startsWith('carries')) await run();
    }
  });

  it('is read by a memory backend, tags of the flusher and all', async () => {
    const { recorder } = filled();
    const memory = other.memoryBackend();
    await recorder.flushTo(memory, { every: 1e6, tags: { more: 'x' } }).flush();
    memory.expectCounter('calls', { app: 'shop', more: 'x' }).toBe(3);
    memory
      .expectHistogram('size', { route: '/a' })
      .toHaveCount(600)
      .toBeWithin(1 / 7, 300 / 7);
  });

  it('is scraped as by its own', async () => {
    const texts = async (from: Copy) => {
      const { recorder } = filled();
      const all: string[] = [];
      for (const options of [{}, { quantiles: [0.5, 0.9] }]) {
        for (const format of ['text', 'openmetrics'] as const) {
          for await (const text of from.prometheus(recorder, options).render({ format })) all.push(text);
        }
      }
      for await (const text of from.circonusPull(recorder, { access: false }).render()) all.push(text);
      return all.join('');
    };
    const own = await texts(host);
    expect(own).toContain('size_bucket{app="shop",route="/a",le=');
    expect(await texts(other)).toBe(own);
  });

  it('can measure the process by the other', async () => {
    const { recorder } = filled();
    const stop = other.processMetrics(recorder);
    const names = (await recorder.collect()).samples.map(({ name }) => name);
    expect(names).toContain('eventloop_utilization');
    stop();
  });
});

describe('a histogram of one copy', () => {
  const make = ({ LogLinearHistogram }: Copy, from: number) => {
    const histogram = new LogLinearHistogram();
    for (let i = from; i < from + 100; i++) histogram.record(i - 50, i);
    return histogram;
  };

  it('adds up with those of the other', () => {
    const [a, b] = [make(host, 0), make(other, 40)];
    const merged = a.clone().merge(b);
    expect(merged.count).toBe(a.count + b.count);
    expect(merged.recordedSum).toBe(Number(a.recordedSum) + Number(b.recordedSum));
    expect(merged.equals(make(host, 0).merge(make(host, 40)))).toBe(true);
    expect(merged.subtract(b)).toBe(true);
    expect(merged.equals(a)).toBe(true);
  });

  it('is an instance of the class in the other, as backends ask', () => {
    for (const { LogLinearHistogram } of [host, other]) {
      for (const one of [make(host, 0), make(other, 0)]) expect(one instanceof LogLinearHistogram).toBe(true);
      for (const one of [undefined, null, 1, 'x', 1n, {}, Object.create(null), [], () => 1, new Map()]) {
        expect((one as unknown) instanceof LogLinearHistogram).toBe(false);
      }
      class Own extends LogLinearHistogram {}
      expect(new Own() instanceof Own && new Own() instanceof LogLinearHistogram).toBe(true);
      expect(new LogLinearHistogram() instanceof Own).toBe(false);
    }
  });

  it('can be committed in part to a cursor of the other', () => {
    const recorder = new host.Recorder();
    const histogram = recorder.histogram('h');
    histogram.record(1, 5);
    const cursor = recorder.cursor();
    const [{ series } = { series: undefined }] = cursor.read().samples;
    const part = new other.LogLinearHistogram();
    part.record(1, 2);
    if (series !== undefined) cursor.commit([{ series, value: part }]);
    const left = cursor.read().samples[0]?.value;
    expect((left as InstanceType<typeof host.LogLinearHistogram>).count).toBe(3);
  });
});

describe('a recorder of another version', () => {
  it('is refused by share, which would work on its registry', () => {
    class Recorder extends host.Recorder {
      static override get brand(): symbol {
        return Symbol.for('circmetrics.recorder.0');
      }
    }
    for (const recorder of [new Recorder(), {} as InstanceType<typeof host.Recorder>]) {
      expect(() => other.share(recorder)).toThrow(/recorder of this version/);
    }
    expect(() => other.share(new host.Recorder())).not.toThrow();
  });
});

it('counts at bounds stay exact when histograms of two copies are merged and subtracted', () => {
  const made = [host, other].map(({ LogLinearHistogram }) => {
    const histogram = new LogLinearHistogram({ bounds: [1, 144] });
    for (const value of [1, 1.05, 141, 144, 145, 145]) histogram.record(value);
    return histogram;
  });
  const [own, others] = made as [(typeof made)[0], (typeof made)[0]];
  expect(own.merge(others).buckets()).toEqual([
    [1, 2],
    [144, 8],
  ]);
  expect(own.subtract(others)).toBe(true);
  expect([own.buckets()[1], own.inexact]).toEqual([[144, 4], []]);
});
