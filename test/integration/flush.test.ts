import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Backend, MetricsError, Recorder, type SendResult, type Temporality } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { afterEach, describe, expect, it } from 'vitest';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A trap that answers by a script and keeps the bodies of what it took. */
async function trap(
  answer: (call: number) => { status: number; body?: string } | 'hang' = () => ({ status: 200 }),
) {
  const bodies: Record<string, { _type: string; _ts: number; _value: string | null }>[] = [];
  let calls = 0;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const reply = answer(calls++);
      if (reply === 'hang') return;
      if (reply.status === 200) bodies.push(JSON.parse(text));
      response.writeHead(reply.status).end(reply.body ?? '{ "stats": 1, "filtered": 0 }');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/module/httptrap/uuid/secret`, bodies, calls: () => calls };
}

function recorderOf(warnings: string[] = []): Recorder {
  const clock = { now: () => 1_700_000_000_123.9 };
  const recorder = new Recorder({ clock, onWarning: (message) => warnings.push(message) });
  closers.push(() => recorder.close());
  return recorder;
}

/** A backend in memory: one payload a sample, answered by a script. */
function scripted(temporality: Temporality, answer: (name: string) => SendResult | Promise<SendResult>) {
  const delivered = new Map<string, number>();
  const backend: Backend = {
    name: 'memory',
    target: 'memory',
    temporality,
    onUnknown: 'resend',
    *encode(snapshot, drop) {
      for (const sample of snapshot) {
        if (sample.name === 'undroppable') drop(sample, 'test');
        else yield { body: sample.name, parts: [sample] };
      }
    },
    async send({ body, parts }) {
      const result = await answer(String(body));
      if (result.outcome === 'delivered')
        for (const { value } of parts)
          delivered.set(String(body), (delivered.get(String(body)) ?? 0) + Number(value));
      return result;
    },
  };
  return { backend, delivered };
}

const hour = { every: 3_600_000 };

describe('flushing to Circonus', () => {
  it('pushes typed, tagged totals and keeps the reply', async () => {
    const server = await trap();
    const recorder = recorderOf();
    recorder.counter('http.requests', { tags: { method: 'GET' } }).add(42);
    recorder.gauge('queue.depth').set(-3.5);
    const latency = recorder.timer('latency');
    latency.record(0);
    latency.record(0.0105, 2);
    latency.record(0.25);
    latency.record(1.25, 300);
    recorder.text('version').set('v1.9.2\n');
    recorder.gauge('none').set(Number.NaN);
    recorder.gauge('wide', { type: 'int64' }).set(-(2n ** 63n));
    recorder.counter('hostile', { tags: { path: '/a b?q=1', v: 'x+y', empty: '', b: 'b"Zm9v"' } });
    const flusher = recorder.flushTo(circonus({ url: server.url }), hour);
    expect(await flusher.flush()).toMatchObject({ complete: true, samples: 7, payloads: 1 });
    const typed = (_type: string, _value: string | null) => ({ _type, _ts: 1_700_000_000_123, _value });
    expect(server.bodies[0]).toEqual({
      'http.requests|ST[method:GET]': typed('L', '42'),
      'queue.depth': typed('n', '-3.5'),
      'latency|ST[units:seconds]': typed('H', 'AAQAAAABCv4AAhn/AAEMAAEsAQ=='),
      version: typed('s', 'v1.9.2'),
      none: typed('n', null),
      wide: typed('l', '-9223372036854775808'),
      'hostile|ST[b:b"YiJabTl2Ig==",empty:,path:b"L2EgYj9xPTE=",v:b"eCt5"]': typed('L', '0'),
    });
    const status = flusher.status();
    expect(status).toMatchObject({
      state: 'waiting',
      reply: { stats: 1, filtered: 0 },
      consecutiveFailures: 0,
    });
    expect(JSON.stringify(status)).not.toContain('secret');
  });

  it('delivers deltas exactly once through failures, fractions and splits', async () => {
    let failing = true;
    const server = await trap((call) => ({ status: failing && call % 3 === 1 ? 503 : 200 }));
    const recorder = recorderOf();
    const counters = Array.from({ length: 20 }, (_, i) => recorder.counter(`c${i}`));
    const histogram = recorder.histogram('h');
    const backend = circonus({ url: server.url, temporality: 'delta', maxPayloadBytes: 200 });
    const flusher = recorder.flushTo(backend, hour);
    for (let round = 0; round < 12; round++) {
      for (const [i, counter] of counters.entries()) counter.add(i + 0.25);
      histogram.record(round, 2);
      await flusher.flush();
    }
    failing = false;
    expect(await flusher.flush()).toMatchObject({ complete: true });
    const sums = new Map<string, number>();
    const bins = new LogLinearHistogram();
    for (const body of server.bodies) {
      expect(JSON.stringify(body).length).toBeLessThanOrEqual(200);
      for (const [name, { _type, _value }] of Object.entries(body)) {
        if (_type === 'h') bins.merge(LogLinearHistogram.fromBase64(String(_value)));
        else sums.set(name, (sums.get(name) ?? 0) + Number(_value));
      }
    }
    for (let i = 0; i < 20; i++) expect(sums.get(`c${i}`)).toBe(12 * i + 3);
    expect(bins.toStrings()).toEqual(histogram.histogram().toStrings());
    expect(flusher.status().pending).toBe(0);
  });

  it('drops alone, counts and names what it cannot encode', async () => {
    const server = await trap();
    const recorder = recorderOf();
    recorder.counter('x'.repeat(5000));
    recorder.counter('tag', { tags: { a: 'v'.repeat(300) } });
    recorder.counter('a\u00e4').add(1);
    recorder.counter('a\u00f6').add(2);
    recorder.counter('large').add(2 ** 64);
    recorder.counter('kept', { taggedName: false });
    recorder.counter('fine').add(2 ** 53);
    const flusher = recorder.flushTo(circonus({ url: server.url }), hour);
    await flusher.flush();
    expect(Object.keys(server.bodies[0] ?? {})).toEqual(['a_', 'fine']);
    expect(flusher.status().totals).toMatchObject({
      samples: 2,
      dropped: { name_too_long: 1, tag_too_long: 1, collision: 1, out_of_range: 1, suppressed: 1 },
    });
    expect(flusher.status().lastDropped.map(({ name }) => name)).toContain('aö');
  });

  it.each([
    [204, 'delivered', undefined],
    [403, 'rejected', '403'],
    [406, 'rejected', '406'],
    [404, 'kept', '404'],
    [429, 'kept', '429'],
    [500, 'kept', '500'],
  ])('takes status %i as %s', async (status, what, lastCode) => {
    const server = await trap(() => ({ status, body: status === 204 ? '' : '{"error":"its own words"}' }));
    const recorder = recorderOf();
    recorder.counter('c').add(3);
    const flusher = recorder.flushTo(circonus({ url: server.url, temporality: 'delta' }), hour);
    await flusher.flush();
    const { lastError, pending, totals } = flusher.status();
    expect([lastError?.code, pending, totals.dropped['rejected']]).toEqual([
      lastCode,
      what === 'kept' ? 1 : 0,
      what === 'rejected' ? 1 : undefined,
    ]);
    if (lastCode !== undefined) expect(lastError?.message).toContain('its own words');
  });

  it('survives a receiver that is down or hangs, and tells once of failure and recovery', async () => {
    let up = false;
    const server = await trap(() => (up ? { status: 200 } : 'hang'));
    const warnings: string[] = [];
    const recorder = recorderOf(warnings);
    recorder.counter('c').add(3);
    const down = recorder.flushTo(circonus({ url: 'http://127.0.0.1:1/module/httptrap/u/s' }), hour);
    expect((await down.flush()).complete).toBe(false);
    await down.close();
    const flusher = recorder.flushTo(circonus({ url: server.url }), { ...hour, timeout: 100 });
    expect(await flusher.flush()).toMatchObject({ complete: false, error: { code: 'timeout' }, unknown: 1 });
    await flusher.flush();
    up = true;
    expect(await flusher.flush()).toMatchObject({ complete: true });
    expect(warnings).toHaveLength(3);
    expect(warnings.join()).not.toContain('secret');
  });

  it('refuses bad options', () => {
    const recorder = recorderOf();
    const good = circonus({ url: 'https://broker/module/httptrap/u/s' });
    for (const url of ['', 'ftp://x', 'no', 'http://u:p@x/', 'http://u@x/', 'http://:p@x/'])
      expect(() => circonus({ url })).toThrow(MetricsError);
    for (const every of [99, Number.NaN, Infinity, -1])
      expect(() => recorder.flushTo(good, { every })).toThrow(MetricsError);
    expect(() => circonus({ url: 'http://x', maxPayloadBytes: 1.5 })).toThrow(MetricsError);
    for (const name of ['bad name', 'Content-Length'])
      expect(() => circonus({ url: 'http://x', headers: { [name]: '9' } })).toThrow(MetricsError);
  });
});

describe('a flusher', () => {
  it('keeps what went before a failure, and the difference after it', async () => {
    const fails = new Set(['c']);
    const { backend, delivered } = scripted('delta', (name) => ({
      outcome: fails.has(name) ? 'failed' : 'delivered',
    }));
    const recorder = recorderOf();
    const counters = ['a', 'b', 'c', 'd'].map((name) => recorder.counter(name));
    const flusher = recorder.flushTo(backend, hour);
    for (const counter of counters) counter.add(2);
    expect(await flusher.flush()).toMatchObject({ complete: false, payloads: 2 });
    for (const counter of counters) counter.add(1);
    fails.clear();
    expect(flusher.status().pending).toBe(4);
    expect(await flusher.flush()).toMatchObject({ complete: true, payloads: 4 });
    expect([...delivered.values()]).toEqual([3, 3, 3, 3]);
  });

  it.each([
    ['resend', 10],
    ['drop', 5],
  ] as const)('settles what may have arrived by onUnknown: %s', async (onUnknown, sent) => {
    const received: number[] = [];
    const recorder = recorderOf();
    const { backend } = scripted('delta', () => ({
      outcome: received.length === 1 ? 'unknown' : 'delivered',
    }));
    const send = backend.send.bind(backend);
    const flusher = recorder.flushTo(
      {
        ...backend,
        send: (payload, signal) => {
          received.push(Number(payload.parts[0]?.value));
          return send(payload, signal);
        },
      },
      { ...hour, onUnknown },
    );
    recorder.counter('c').add(5);
    await flusher.flush();
    await flusher.flush();
    expect(received.reduce((a, b) => a + b)).toBe(sent);
  });

  it('never overlaps itself, joins calls, drains on close, and takes backends that throw', async () => {
    let running = 0;
    let most = 0;
    const { backend, delivered } = scripted('delta', async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 30));
      running--;
      return { outcome: 'delivered' };
    });
    const recorder = recorderOf();
    const counter = recorder.counter('a');
    const flusher = recorder.flushTo(backend, { every: 100 });
    const passes = [flusher.flush()];
    counter.add(1);
    passes.push(flusher.flush(), flusher.flush());
    expect(passes[1]).toBe(passes[2]);
    await Promise.all(passes);
    await new Promise((resolve) => setTimeout(resolve, 150));
    counter.add(1);
    expect(flusher.close()).toBe(flusher.close());
    await flusher.close();
    expect([most, delivered.get('a'), flusher.status().state]).toEqual([1, 2, 'closed']);
    expect((await flusher.flush()).complete).toBe(false);

    const broken = scripted('delta', () => Promise.reject(new Error('broken send')));
    const sender = recorder.flushTo(broken.backend, hour);
    expect((await sender.flush()).error?.message).toBe('broken send');
    const encoder = recorder.flushTo(
      {
        ...broken.backend,
        encode: () => {
          throw new Error('broken encode');
        },
      },
      hour,
    );
    expect((await encoder.flush()).error?.message).toBe('broken encode');
    await recorder.close();
    expect(() => recorder.flushTo(broken.backend, hour)).toThrow(MetricsError);
  });
});
