// That whoever writes a snapshot is asked whether to go on, however little of it is written.

import { type Backend, type FlushOptions, Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { graphite } from 'circmetrics/graphite';
import { statsd } from 'circmetrics/statsd';
import { describe, expect, it, vi } from 'vitest';

const size = 2000;
/** How many series may be passed over before the time is looked at. */
const most = 50;

const url = 'http://127.0.0.1/module/httptrap/uuid/secret';
const backends: Readonly<Record<string, () => Backend>> = {
  circonus: () => circonus({ url }),
  'circonus, deltas': () => circonus({ url, temporality: 'delta' }),
  graphite: () => graphite({}),
  statsd: () => statsd({}),
};

/** Makes a pass in which the event loop wants its turn all the time, and counts the turns. */
async function turns(
  recorder: Recorder,
  made: Backend,
  options: Partial<FlushOptions> = {},
): Promise<number> {
  let turns = 0;
  const backend: Backend = {
    ...made,
    *encode(snapshot, drop) {
      for (const payload of made.encode(snapshot, drop, () => true)) {
        if (payload.body.length === 0) turns++;
        yield payload;
      }
    },
    send: async () => ({ outcome: 'delivered' }),
    close: () => {},
  };
  const flusher = recorder.flushTo(backend, { every: 3_600_000, ...options });
  const { complete } = await flusher.flush();
  expect(complete).toBe(true);
  await recorder.close();
  return turns;
}

function filled(taggedName?: false): Recorder {
  const recorder = new Recorder();
  const family = recorder.counter('requests', {
    tagNames: ['route'],
    maxSeries: size,
    ...(taggedName === false && { taggedName }),
  });
  for (let i = 0; i < size; i++) family.with({ route: i }).add();
  return recorder;
}

describe.each(Object.entries(backends))('%s', (_, make) => {
  it('lets the event loop go on between series that are written', async () => {
    expect(await turns(filled(), make())).toBeGreaterThan(size / most);
  });

  it('lets it go on between series that the flusher does not want', async () => {
    expect(await turns(filled(), make(), { include: 'other' })).toBeGreaterThan(size / most);
  });

  it('lets it go on between series that the host wants left out', async () => {
    expect(await turns(filled(false), make())).toBeGreaterThan(size / most);
  });
});

it('a pass goes on by itself where a test of the host has timers of its own', async () => {
  const recorder = filled();
  const made = circonus({ url, temporality: 'delta' });
  const backend: Backend = { ...made, send: async () => ({ outcome: 'delivered' }), close: () => {} };
  const flusher = recorder.flushTo(backend, { every: 3_600_000 });
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'setImmediate'] });
  try {
    expect(await flusher.flush()).toMatchObject({ complete: true, samples: size });
  } finally {
    vi.useRealTimers();
  }
  await recorder.close();
});
