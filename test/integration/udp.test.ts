// Datagrams to daemons that are away, come back, listen at one of two addresses, or read slowly.
import { createSocket, type Socket } from 'node:dgram';
import dns, { type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { Recorder } from 'circmetrics';
import { graphite } from 'circmetrics/graphite';
import { statsd } from 'circmetrics/statsd';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort, until } from './peers.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) await close();
});

const hour = { every: 3_600_000, timeout: 10_000 };

/** A daemon at an address, which can go away and come back. */
async function daemon(host: '127.0.0.1' | '::1', at?: number) {
  const lines: string[] = [];
  let socket: Socket | undefined;
  let port = at ?? 0;
  const start = async (): Promise<void> => {
    socket = createSocket({ type: host === '::1' ? 'udp6' : 'udp4', recvBufferSize: 2 ** 22 });
    socket.on('message', (message) => lines.push(...message.toString().split('\n')));
    await new Promise<void>((resolve) => socket?.bind(port, host, resolve));
    port = socket.address().port;
  };
  const stop = (): Promise<void> =>
    new Promise((resolve) => (socket === undefined ? resolve() : socket.close(resolve)));
  await start();
  closers.push(() => stop().catch(() => {}));
  const sum = (): number =>
    lines.reduce((total, line) => total + Number(/^c[ :](\d+)/.exec(line)?.[1] ?? 0), 0);
  return { lines, sum, start, stop, port };
}

function recorderOf(): Recorder {
  const recorder = new Recorder({ onWarning: () => {} });
  closers.push(() => recorder.close());
  return recorder;
}

/** Lets every name stand for some addresses. */
function names(...addresses: readonly string[]): void {
  const found: LookupAddress[] = addresses.map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
  }));
  vi.spyOn(dns, 'lookup').mockImplementation(((
    name: string,
    options: { all?: boolean },
    callback: (error: null, found: unknown, family?: number) => void,
  ) => {
    if (isIP(name) !== 0) callback(null, name, isIP(name));
    else if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address, found[0]?.family);
  }) as unknown as typeof dns.lookup);
}

describe('a daemon that is away', () => {
  it.each(['statsd', 'graphite'] as const)(
    'gets all of %s when it is back, and its flusher knows',
    async (name) => {
      const there = await daemon('127.0.0.1');
      const recorder = recorderOf();
      const counter = recorder.counter('c');
      const { port } = there;
      const backend =
        name === 'statsd' ? statsd({ port }) : graphite({ port, protocol: 'udp', temporality: 'delta' });
      const flusher = recorder.flushTo(backend, hour);
      const pass = async () => {
        counter.add(1);
        return flusher.flush();
      };
      expect(await pass()).toMatchObject({ complete: true, sent: 1 });
      await there.stop();
      for (let i = 0; i < 20; i++) {
        expect(await pass()).toMatchObject({ complete: false, unknown: 0, error: { code: 'ECONNREFUSED' } });
      }
      await there.start();
      expect(await pass()).toMatchObject({ complete: true, pending: 0 });
      await until('all counts', () => there.sum() === 22);
    },
  );

  it('is known to be away amid a pass', async () => {
    const there = await daemon('127.0.0.1');
    const recorder = recorderOf();
    const counters = recorder.counter('c', { tagNames: ['n'] });
    for (let n = 0; n < 300; n++) counters.with({ n }).add(1);
    const backend = statsd({ port: there.port, tags: true, maxPacketBytes: 64 });
    let sends = 0;
    const flusher = recorder.flushTo(
      {
        ...backend,
        send: async (payload, signal) => {
          if (sends++ === 30) await there.stop();
          return backend.send(payload, signal);
        },
      },
      hour,
    );
    const report = await flusher.flush();
    expect(report).toMatchObject({ complete: false, unknown: 0, error: { code: 'ECONNREFUSED' } });
    expect(report.payloads).toBe(30);
    await there.start();
    expect(await flusher.flush()).toMatchObject({ complete: true, pending: 0 });
    await until('all counts', () => there.sum() === 300);
  });
});

describe('a name with two addresses', () => {
  it.each([
    ['127.0.0.1', '::1'],
    ['::1', '127.0.0.1'],
  ] as const)('reaches a daemon at %s alone', async (host, other) => {
    const there = await daemon(host);
    names(other, host);
    const recorder = recorderOf();
    const counter = recorder.counter('c');
    const flusher = recorder.flushTo(statsd({ host: 'localhost', port: there.port }), hour);
    for (let i = 0; i < 3; i++) {
      counter.add(1);
      expect(await flusher.flush()).toMatchObject({ complete: true, sent: 1 });
    }
    await until('all counts', () => there.sum() === 3);
  });

  it('reaches a daemon at the second where there is no route to the first', async () => {
    const there = await daemon('127.0.0.1');
    // A socket may not be connected to it.
    names('255.255.255.255', '127.0.0.1');
    const recorder = recorderOf();
    const counter = recorder.counter('c');
    const flusher = recorder.flushTo(statsd({ host: 'localhost', port: there.port }), hour);
    for (let i = 0; i < 3; i++) {
      counter.add(1);
      expect(await flusher.flush()).toMatchObject({ complete: true, sent: 1 });
    }
    await until('all counts', () => there.sum() === 3);
  });

  it('says that there is no route, and recovers when there is one', async () => {
    const there = await daemon('127.0.0.1');
    names('255.255.255.255');
    const recorder = recorderOf();
    recorder.counter('c').add(1);
    const flusher = recorder.flushTo(statsd({ host: 'localhost', port: there.port }), hour);
    for (let i = 0; i < 2; i++) {
      const { error } = await flusher.flush();
      expect(error?.message).toMatch(/connect E\w+ 255\.255\.255\.255/);
    }
    names('127.0.0.1');
    expect(await flusher.flush()).toMatchObject({ complete: true, sent: 1, pending: 0 });
  });

  it('follows a daemon from one to the other, and keeps what neither takes', async () => {
    const first = await daemon('127.0.0.1');
    names('127.0.0.1', '::1');
    const recorder = recorderOf();
    const counter = recorder.counter('c');
    const flusher = recorder.flushTo(statsd({ host: 'localhost', port: first.port }), hour);
    const pass = () => {
      counter.add(1);
      return flusher.flush();
    };
    expect(await pass()).toMatchObject({ complete: true });
    await first.stop();
    expect(await pass()).toMatchObject({ complete: false, pending: 1 });
    const second = await daemon('::1', first.port);
    expect(await pass()).toMatchObject({ complete: true });
    await second.stop();
    await first.start();
    expect(await pass()).toMatchObject({ complete: true });
    await until('all counts', () => first.sum() + second.sum() === 4);
  });
});

it('sends few datagrams in a row, so that a slow receiver has time to read them', async () => {
  const there = await daemon('127.0.0.1');
  const recorder = recorderOf();
  const counters = recorder.counter('c', { tagNames: ['n'] });
  for (let n = 0; n < 1400; n++) counters.with({ n }).add(1);
  const backend = statsd({ port: there.port, tags: true, maxPacketBytes: 64 });
  const times: number[] = [];
  const send: typeof backend.send = async (payload, signal) => {
    const result = await backend.send(payload, signal);
    times.push(performance.now());
    return result;
  };
  const report = await recorder.flushTo({ ...backend, send }, hour).flush();
  expect(report).toMatchObject({ complete: true, sent: times.length });
  expect(times.length).toBeGreaterThan(200);
  // A receiver's buffer holds about a hundred.
  for (let i = 100; i < times.length; i++)
    expect((times[i] as number) - (times[i - 100] as number)).toBeGreaterThan(8);
  await until('all counts', () => there.sum() === 1400);
});

it('says of a datagram that is too large that it is never taken', async () => {
  const { port } = await daemon('127.0.0.1');
  const backend = statsd({ port });
  const body = 'x'.repeat(70_000);
  expect(await backend.send({ body, parts: [] }, AbortSignal.timeout(2000))).toMatchObject({
    outcome: 'rejected',
    code: 'EMSGSIZE',
  });
  await backend.close?.();
});

it('says failed where nobody can send, such as to a name that nobody knows', async () => {
  const backend = statsd({ host: 'no.such.host.invalid', port: await freePort() });
  expect(await backend.send({ body: 'c:1|c', parts: [] }, AbortSignal.timeout(5000))).toMatchObject({
    outcome: 'failed',
  });
});

describe('an address', () => {
  it.each(['127.0.0.1', '::1'] as const)('needs no name server: %s', async (host) => {
    const there = await daemon(host);
    vi.spyOn(dns.promises.Resolver.prototype, 'resolve4').mockImplementation(() => new Promise(() => {}));
    const recorder = recorderOf();
    recorder.counter('c').add(1);
    const flusher = recorder.flushTo(statsd({ host, port: there.port }), { ...hour, timeout: 1000 });
    expect(await flusher.flush()).toMatchObject({ complete: true, sent: 1 });
  });
});
