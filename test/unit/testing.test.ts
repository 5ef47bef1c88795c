import { type Backend, type Payload, Recorder } from 'circmetrics';
import { type Check, contractChecks, memoryBackend } from 'circmetrics/testing';
import { describe, expect, it } from 'vitest';

/** What of the contract a backend breaks. */
async function broken(make: () => Backend, more: object = {}): Promise<string[]> {
  const results = await Promise.all(
    contractChecks({ make, deadPort: 1, ...more }).map(async ({ name, run }: Check) => {
      try {
        await run();
        return [];
      } catch {
        return [name];
      }
    }),
  );
  return results.flat();
}

const good = (): Backend => memoryBackend({ samplesPerPayload: 2, respond: () => ({ outcome: 'failed' }) });
const words = 'says what it is, and keeps secrets';
const balance = 'carries or drops each sample once, whatever it holds';
const pure = 'encodes without side effects';
const answers = 'answers when nobody listens, and when the time is up';

describe('the contract', () => {
  it('is kept by a good backend', async () => {
    expect(await broken(good)).toEqual([]);
  });

  const flaws: [string, string, (backend: Backend) => Partial<Backend>, object?][] = [
    ['tells a secret', words, () => ({ target: 'http://x/s3cret' }), { secret: 's3cret' }],
    ['has no temporality', words, () => ({ temporality: 'both' as never })],
    [
      'forgets a sample',
      balance,
      (backend) => ({
        *encode(snapshot, drop) {
          for (const payload of backend.encode(snapshot, drop))
            yield { ...payload, parts: payload.parts.slice(1) };
        },
      }),
    ],
    [
      'carries a sample twice',
      balance,
      (backend) => ({
        *encode(snapshot, drop) {
          for (const { body, parts } of backend.encode(snapshot, drop))
            yield { body, parts: [...parts, ...parts] };
        },
      }),
    ],
    [
      'drops what it carries',
      balance,
      (backend) => ({
        *encode(snapshot, drop) {
          for (const payload of backend.encode(snapshot, drop)) {
            for (const part of payload.parts) drop(part, 'oops');
            yield payload;
          }
        },
      }),
    ],
    [
      'throws on hostile names',
      balance,
      (backend) => ({
        *encode(snapshot, drop) {
          for (const { name } of snapshot) encodeURIComponent(name);
          yield* backend.encode(snapshot, drop);
        },
      }),
    ],
    [
      'gives reasons in sentences',
      balance,
      () => ({
        encode(snapshot, drop) {
          for (const sample of snapshot) drop(sample, 'it did not fit');
          return [];
        },
      }),
    ],
    [
      'exceeds the limit',
      `${balance}, in 10 bytes`,
      (backend) => ({
        *encode(snapshot, drop) {
          for (const payload of backend.encode(snapshot, drop)) yield { ...payload, body: 'x'.repeat(11) };
        },
      }),
      { limits: [10] },
    ],
    [
      'remembers what it encoded',
      pure,
      (backend) => {
        const seen = new Set<string>();
        return {
          *encode(snapshot, drop) {
            for (const payload of backend.encode(snapshot, drop)) {
              if (!seen.has(String(payload.body))) yield payload;
              seen.add(String(payload.body));
            }
          },
        };
      },
    ],
    ['takes silence for success', answers, () => ({ send: async () => ({ outcome: 'delivered' }) })],
    ['rejects', answers, () => ({ send: () => Promise.reject(new Error('refused')) })],
  ];
  it.each(flaws)('catches a backend that %s', async (_, what, flaw, more) => {
    const make = (): Backend => {
      const backend = good();
      return { ...backend, ...flaw(backend) };
    };
    expect(await broken(make, more)).toContain(what);
  });
});

describe('a memory backend', () => {
  async function flushed() {
    const recorder = new Recorder({ onWarning: () => {} });
    const api = recorder.namespace('api');
    const requests = api.counter('requests', { tagNames: ['route', 'status'] });
    requests.with({ route: '/a', status: 200 }).add(3);
    requests.with({ route: '/b', status: 200 }).add(4);
    api.gauge('depth').set(-2);
    api.gauge('none').set(Number.NaN);
    api.gauge('big', { type: 'int64' }).set(2n ** 60n);
    api.text('version').set('v1');
    const latency = api.timer('latency');
    latency.record(0.012, 2);
    const memory = memoryBackend();
    const flusher = recorder.flushTo(memory, { every: 3_600_000 });
    await flusher.flush();
    requests.with({ route: '/a', status: 200 }).add(1);
    latency.record(0.5);
    await flusher.close();
    return memory;
  }

  it('adds up what is delivered, and lets tests ask for it', async () => {
    const memory = await flushed();
    memory.expectCounter('api.requests', { route: '/a' }).toBe(4).toBeAtLeast(4).toBeAtMost(4);
    memory.expectCounter('api.requests', { status: 200 }).toBe(8);
    memory.expectCounter('api.requests', { route: '/c' }).toBeAbsent();
    memory.expectGauge('api.depth').toBe(-2).toBeAtMost(0);
    memory.expectGauge('api.none').toBe(null);
    memory.expectGauge('api.big').toBe(2n ** 60n);
    memory.expectText('api.version').toBe('v1');
    memory.expectHistogram('api.latency').toHaveCount(3).toBeWithin(0.01, 0.6);
    expect(memory.expectHistogram('api.latency').value.count).toBe(3);
    expect(memory.received).toHaveLength(7);
    memory.clear();
    memory.expectCounter('api.requests').toBeAbsent();
  });

  it('says what there is where it is something else', async () => {
    const memory = await flushed();
    expect(() => memory.expectCounter('api.requests', { route: '/a' }).toBe(5)).toThrow(
      'Expected counter api.requests{route=/a} to be 5, but it is 4. Delivered:\n' +
        '  counter api.requests{route=/a, status=200} 4\n  counter api.requests{route=/b, status=200} 4',
    );
    expect(() => memory.expectCounter('requests').toBe(5)).toThrow(
      /nothing was delivered of it.*api\.requests/s,
    );
    expect(() => memory.expectCounter('nothing').toBe(5)).toThrow(/text api\.version "v1"/);
    expect(() => memory.expectHistogram('api.latency').toHaveCount(2)).toThrow(/it is 3 samples/);
    expect(() => memory.expectHistogram('api.requests').toHaveCount(2)).toThrow(/it is a counter\./);
    expect(() => memory.expectHistogram('nothing').toHaveCount(2)).toThrow(/nothing was delivered of it/);
    expect(() => memory.expectHistogram('api.latency').toBeWithin(0.1, 1)).toThrow(/to be within/);
    expect(() => memoryBackend().expectGauge('x').toBe(1)).toThrow(/Delivered: nothing/);
    const recorder = new Recorder();
    const family = recorder.gauge('g', { tagNames: ['a'] });
    family.with({ a: 1 }).set(1);
    family.with({ a: 2 }).set(2);
    const both = memoryBackend();
    await recorder.flushTo(both, { every: 3_600_000 }).close();
    expect(() => both.expectGauge('g')).toThrow(/2 series fit gauge g/);
    both.expectGauge('g', { a: 2 }).toBe(2);
  });

  it('answers as it is told, and keeps only what it took', async () => {
    const recorder = new Recorder({ onWarning: () => {} });
    recorder.counter('c').add(2);
    let outcome: 'failed' | 'delivered' = 'failed';
    const payloads: Payload[] = [];
    const memory = memoryBackend({
      temporality: 'cumulative',
      respond: (payload) => {
        payloads.push(payload);
        return { outcome };
      },
    });
    const flusher = recorder.flushTo(memory, { every: 3_600_000 });
    await flusher.flush();
    memory.expectCounter('c').toBeAbsent();
    outcome = 'delivered';
    await flusher.flush();
    await flusher.close();
    memory.expectCounter('c').toBe(2);
    expect(payloads).toHaveLength(3);
  });
});
