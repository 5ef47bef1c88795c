// Which series a flusher sends, and with which tags.
import { type Backend, type FlushOptions, MetricsError, type Series } from 'circmetrics';
import { memoryBackend } from 'circmetrics/testing';
import { describe, expect, it } from 'vitest';
import { hour, quiet } from './answering.js';

describe('routing', () => {
  const recorder = quiet({ tags: { app: 'shop' } });
  const api = recorder.namespace('api');
  api.counter('calls').add(1);
  api.timer('latency').record(0.1);
  const routes = api.counter('requests', { tagNames: ['route', 'status'] });
  routes.with({ route: '/a', status: 200 }).add(2);
  routes.with({ route: '/b', status: 500 }).add(3);
  recorder.gauge('apis').set(1);
  recorder.gauge('a+b').set(1);

  async function names(
    options: Pick<FlushOptions, 'include' | 'exclude'>,
    temporality: Backend['temporality'],
  ) {
    const memory = memoryBackend({ temporality });
    const flusher = recorder.flushTo(memory, { every: hour, ...options });
    await flusher.flush();
    expect(flusher.status().pending).toBe(0);
    await flusher.close();
    return memory.received.map(({ name, tags }) => [name, ...(tags['route'] ?? [])].join(' '));
  }

  it.each<[Pick<FlushOptions, 'include' | 'exclude'>, string[]]>([
    [{ include: 'api.*' }, ['api.calls', 'api.latency', 'api.requests /a', 'api.requests /b']],
    [{ include: 'apis' }, ['apis']],
    [{ include: 'a+b' }, ['a+b']],
    [{ include: '*l*', exclude: '*y' }, ['api.calls']],
    [{ include: /^api\.(calls|lat)/g }, ['api.calls', 'api.latency']],
    [{ include: { status: 500 } }, ['api.requests /b']],
    [{ include: { status: '*', route: '/?' } }, []],
    [{ include: [{ route: '/a' }, 'apis'] }, ['api.requests /a', 'apis']],
    [{ include: (series: Series) => series.kind === 'histogram' }, ['api.latency']],
    [{ exclude: ['api.*', 'a+b'] }, ['apis']],
    [{ exclude: { app: 'shop' } }, []],
    [
      {
        include: () => {
          throw new Error('the host');
        },
      },
      [],
    ],
  ])('%j', async (options, expected) => {
    expect(await names(options, 'delta')).toEqual(expected);
    expect(await names(options, 'cumulative')).toEqual(expected);
  });

  it('adds tags, in what is sent and nowhere else', async () => {
    const memory = memoryBackend();
    await recorder.flushTo(memory, { every: hour, include: 'api.calls', tags: { site: ['b', 'a'] } }).flush();
    expect(memory.received.map(({ tags }) => ({ ...tags }))).toEqual([{ app: ['shop'], site: ['a', 'b'] }]);
    expect([...recorder.snapshot()][0]?.tags).toEqual([['app', 'shop']]);
  });

  it('keeps what is owed of series that end, of those that are wanted alone', async () => {
    const own = quiet();
    const family = own.counter('c', { tagNames: ['k'] });
    const memory = memoryBackend();
    const flusher = own.flushTo(memory, { every: hour, include: { k: 'a*' } });
    for (const k of ['a1', 'a2', 'b']) family.with({ k }).add(3);
    family.clear();
    family.with({ k: 'a1' }).add(4);
    family.with({ k: 'b' }).add(4);
    // Two that have ended, and one that came back.
    expect(flusher.status().pending).toBe(3);
    await flusher.flush();
    memory.expectCounter('c').toBe(10);
    memory.expectCounter('c', { k: 'a1' }).toBe(7);
    expect(flusher.status().pending).toBe(0);
  });

  it.each([
    [{ include: 3 }],
    [{ exclude: [null] }],
    [{ jitter: 0.6 }],
    [{ jitter: '1' }],
    [{ align: 1 }],
    [{ retries: -1 }],
    [{ tags: 5 }],
    [{ retry: 1 }],
  ])('refuses %j', (options) => {
    expect(() => recorder.flushTo(memoryBackend(), { every: hour, ...(options as object) })).toThrow(
      MetricsError,
    );
  });

  it('sends of a series that came back under other tags what is owed to it alone', async () => {
    const moved = quiet({ tags: { stage: 'green' } });
    const family = moved.counter('c', { tagNames: ['a'] });
    const memory = memoryBackend();
    const flusher = moved.flushTo(memory, { every: hour, include: { stage: 'green' } });
    family.with({ a: 1 }).add(10);
    family.remove({ a: 1 });
    moved.replaceTag('stage', 'blue');
    family.with({ a: 1 }).add(1000);
    await flusher.flush();
    memory.expectCounter('c').toBe(10);
    expect(flusher.status().pending).toBe(0);
    await flusher.close();
  });
});
