// Line protocols over sockets that refuse, reset, stall, half-close and hang; and how full datagrams are.
import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type FlushReport, Recorder } from 'circmetrics';
import { graphite } from 'circmetrics/graphite';
import { type Dialect, statsd } from 'circmetrics/statsd';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { folder, freePort, until } from './peers.js';

const at = folder();
const closers: (() => unknown)[] = [];
let deadPort = 0;
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) await close();
});

type Peer = (socket: Socket, connection: number) => void;

/** A server that gives each connection to `peer`, and keeps what the well-behaved ones got. */
async function tcpServer(peer: Peer, listen: string | { host: string } = { host: '127.0.0.1' }) {
  let connections = 0;
  let received = '';
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    peer(socket, connections++);
  });
  await new Promise<void>((resolve) => {
    if (typeof listen === 'string') server.listen(listen, resolve);
    else server.listen(0, listen.host, resolve);
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const takes: Peer = (socket) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.on('end', () => {
      received += text;
      socket.end();
    });
  };
  const address = server.address() as AddressInfo;
  return { port: address.port, takes, received: () => received, connections: () => connections };
}

/** Lets every name stand for some addresses, which are found after some milliseconds. */
function resolveTo(addresses: readonly string[], after = 0): void {
  const found = addresses.map((address) => ({ address, family: 4 }));
  const lookup = (_: string, __: unknown, callback: (error: null, all: typeof found) => void) =>
    setTimeout(() => callback(null, found), after);
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
}

function recorderOf(): Recorder {
  const recorder = new Recorder({ onWarning: () => {} });
  closers.push(() => recorder.close());
  return recorder;
}

const hour = { every: 3_600_000, timeout: 2000 };

describe('TCP', () => {
  /** What a peer does with a connection, and what it means for the pass. */
  const peers: Readonly<Record<string, readonly [Peer, Partial<FlushReport>]>> = {
    'reads, and stays open': [(socket) => socket.resume(), { complete: true, sent: 1 }],
    'resets once it is sent something': [
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      { complete: false, unknown: 1, payloads: 0 },
    ],
    'closes without reading': [
      (socket) => socket.pause().end(),
      { complete: false, unknown: 1, payloads: 0 },
    ],
    'closes without reading, a little later': [
      (socket) => setTimeout(() => socket.pause().end(), 5),
      { complete: false, unknown: 1, payloads: 0 },
    ],
    'closes after some bytes': [
      (socket) => socket.once('data', () => socket.pause().end()),
      { complete: false, unknown: 1, payloads: 0 },
    ],
    'is a proxy without a server': [
      (socket) => {
        const upstream = connect({ host: '127.0.0.1', port: deadPort });
        upstream.on('error', () => socket.destroy());
        socket.pipe(upstream);
      },
      { complete: false, unknown: 1, payloads: 0 },
    ],
    'resets when it was told that this was all': [
      (socket) => socket.resume().on('end', () => socket.resetAndDestroy()),
      { complete: false, unknown: 1, payloads: 0 },
    ],
  };
  it.each(
    ['graphite', 'statsd', 'dogstatsd'].flatMap((name) =>
      Object.keys(peers).map((kind) => [name, kind] as const),
    ),
  )('%s says what it knows of a peer that %s', async (name, kind) => {
    deadPort = await freePort();
    const [peer, expected] = peers[kind] as (typeof peers)[string];
    const server = await tcpServer((socket, connection) =>
      (connection === 1 ? server.takes : peer)(socket, connection),
    );
    const recorder = recorderOf();
    const counter = recorder.counter('c');
    const backend =
      name === 'graphite'
        ? graphite({ port: server.port, temporality: 'delta' })
        : statsd({ port: server.port, protocol: 'tcp', dialect: name as Dialect });
    const flusher = recorder.flushTo(backend, { ...hour, onUnknown: 'resend' });
    counter.add(1);
    expect(await flusher.flush()).toMatchObject(expected);
    const known = expected.complete === true;
    expect(flusher.status()).toMatchObject({ pending: known ? 0 : 1, totals: { retries: 0 } });
    // Never again within the pass: the next one has it, where nobody can say that it arrived.
    expect(server.connections()).toBe(1);
    counter.add(2);
    expect(await flusher.flush()).toMatchObject({ complete: true, sent: 1, payloads: 1, unknown: 0 });
    await until('the bytes', () => server.received() !== '');
    expect(server.received()).toMatch(known ? /^c[ :]2\b/ : /^c[ :]3\b/);
  });

  it('counts all payloads of a pass as unknown that a peer closes, and keeps them for the next one', async () => {
    let closes = true;
    const server = await tcpServer((socket, connection) => {
      if (!closes) return server.takes(socket, connection);
      let bytes = 0;
      socket.on('data', (chunk) => {
        bytes += chunk.length;
        if (bytes > 1000) socket.pause().end();
      });
    });
    const recorder = recorderOf();
    const counters = recorder.counter('c', { tagNames: ['n'] });
    for (let n = 0; n < 200; n++) counters.with({ n }).add(n);
    const flusher = recorder.flushTo(
      graphite({ port: server.port, temporality: 'delta', maxPayloadBytes: 400 }),
      {
        ...hour,
        onUnknown: 'resend',
      },
    );
    const report = await flusher.flush();
    expect(report).toMatchObject({ complete: false, sent: 0, payloads: 0, samples: 0 });
    expect(report.unknown).toBeGreaterThan(2);
    expect(flusher.status().pending).toBe(199);
    closes = false;
    const whole = await flusher.flush();
    expect(whole).toMatchObject({ complete: true, unknown: 0, pending: 0 });
    expect(whole.sent).toBe(whole.payloads);
    // One connection for all payloads of a pass.
    expect(server.connections()).toBe(2);
    await until('all lines', () => server.received().split('\n').length === 200);
  });

  it('keeps what it had not begun to send when the peer closed', async () => {
    let close = (): void => {};
    const server = await tcpServer((socket) => {
      close = () => void socket.pause().end();
    });
    const backend = statsd({ port: server.port, protocol: 'tcp' });
    const { signal } = new AbortController();
    const send = (body: string) => backend.send({ body, parts: [] }, signal);
    expect(await send('a:1|c')).toEqual({ outcome: 'sent' });
    close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await send('b:1|c')).toMatchObject({ outcome: 'failed', code: 'ECONNRESET' });
    // Also when it is tried again. What was sent before is still to be told of.
    expect(await send('b:1|c')).toMatchObject({ outcome: 'failed', code: 'ECONNRESET' });
    expect(await backend.finish?.(signal)).toMatchObject({ outcome: 'unknown', code: 'ECONNRESET' });
    expect(server.connections()).toBe(1);
  });

  it('recovers from a peer that resets connections as soon as they stand', async () => {
    let resets = true;
    const server = await tcpServer((socket) => (resets ? socket.resetAndDestroy() : server.takes(socket, 0)));
    const backend = statsd({ port: server.port, protocol: 'tcp' });
    // So large that the reset may be there before the first byte is written.
    const body = new Uint8Array(2 ** 24);
    const pass = async () => {
      const { signal } = new AbortController();
      const { outcome } = await backend.send({ body, parts: [] }, signal);
      return outcome === 'sent' ? (await backend.finish?.(signal))?.outcome : outcome;
    };
    for (let i = 0; i < 20; i++) expect(await pass()).toMatch(/^(failed|unknown)$/);
    resets = false;
    expect(await pass()).toBe('sent');
  });

  it('hears of a peer that closes at the moment when the time is up', async () => {
    const up = new AbortController();
    const server = await tcpServer((socket) => {
      socket.once('data', () => {
        up.abort();
        setTimeout(() => socket.pause().end(), 2);
      });
    });
    const backend = statsd({ port: server.port, protocol: 'tcp' });
    expect(await backend.send({ body: 'a:1|c', parts: [] }, up.signal)).toMatchObject({ outcome: 'unknown' });
  });

  it('does not take a slow look-up for a peer that is far away', async () => {
    const server = await tcpServer((socket) => socket.resume());
    const recorder = recorderOf();
    recorder.counter('c').add(1);
    const flusher = recorder.flushTo(graphite({ host: 'slow.localhost', port: server.port }), hour);
    resolveTo(['127.0.0.1'], 400);
    const begun = performance.now();
    expect(await flusher.flush()).toMatchObject({ complete: true, sent: 1 });
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  it('names every address that was refused', async () => {
    const backend = graphite({ host: 'two.localhost', port: await freePort() });
    resolveTo(['127.0.0.1', '127.0.0.2']);
    const result = await backend.send({ body: 'c 1 1\n', parts: [] }, new AbortController().signal);
    expect(result.message).toMatch(/ECONNREFUSED 127\.0\.0\.1.*ECONNREFUSED 127\.0\.0\.2/);
  });

  it('leaves a peer that goes on talking and does not close', async () => {
    let closed = false;
    const server = await tcpServer((socket) => {
      const talk = setInterval(() => socket.write('hello'), 20);
      socket.resume().on('close', () => {
        clearInterval(talk);
        closed = true;
      });
    });
    const recorder = recorderOf();
    recorder.counter('c').add(1);
    const flusher = recorder.flushTo(graphite({ port: server.port }), hour);
    expect(await flusher.flush()).toMatchObject({ complete: true, sent: 1 });
    await until('the end of the connection', () => closed, 6);
  });

  it('tells nothing of the peer to the host, and keeps the process no longer than the pass', async () => {
    const server = await tcpServer((socket) => socket.resume());
    const recorder = recorderOf();
    recorder.counter('c').add(1);
    const flusher = recorder.flushTo(statsd({ port: server.port, protocol: 'tcp' }), hour);
    const begun = performance.now();
    expect(await flusher.close()).toMatchObject({ complete: true, sent: 1 });
    expect(performance.now() - begun).toBeLessThan(500);
  });

  it('says failed, and keeps all, where nothing can have arrived', async () => {
    const port = await freePort();
    const recorder = recorderOf();
    recorder.counter('c').add(3);
    for (const endpoint of [{ port }, { path: join(at, 'nobody') }, { host: 'no.such.host.invalid', port }]) {
      const flusher = recorder.flushTo(statsd({ protocol: 'tcp', ...endpoint }), hour);
      const report = await flusher.flush();
      expect(report).toMatchObject({ complete: false, unknown: 0 });
      expect(report.error?.code).toMatch(/^(ECONNREFUSED|ENOENT|ENOTFOUND|EAI_AGAIN)$/);
      expect(flusher.status().pending).toBe(1);
      await flusher.close();
    }
  });

  it('gives a peer up that takes no bytes', async () => {
    const server = await tcpServer((socket) => socket.pause());
    const recorder = recorderOf();
    const family = recorder.gauge('g', { tagNames: ['n'], maxSeries: 20_000 });
    // More than the buffers of both sides hold.
    for (let n = 0; n < 20_000; n++) family.with({ n: `${n}`.padStart(1000, 'x') }).set(n);
    const backend = graphite({ port: server.port, maxPayloadBytes: 2 ** 20 });
    const flusher = recorder.flushTo(backend, { ...hour, timeout: 1500 });
    const report = await flusher.flush();
    expect(report).toMatchObject({ complete: false, sent: 0, error: { code: 'timeout' } });
    expect(report.unknown).toBeGreaterThan(0);
  });

  it.each([
    ['IPv6', { host: '::1' }, { host: '::1' }],
    ['a Unix socket', join(at, 'socket'), { path: join(at, 'socket') }],
  ])('reaches %s', async (_, listen, endpoint) => {
    const server = await tcpServer((socket) => server.takes(socket, 0), listen);
    const recorder = recorderOf();
    recorder.counter('c').add(3);
    const port = server.port === undefined ? {} : { port: server.port };
    const flusher = recorder.flushTo(graphite({ ...endpoint, ...port, prefix: 'p' }), hour);
    expect(await flusher.flush()).toMatchObject({ complete: true });
    expect(server.received()).toMatch(/^p\.c 3 \d+\n$/);
  });
});

describe('UDP', () => {
  async function sink(type: 'udp4' | 'udp6' = 'udp4') {
    const socket = createSocket({ type, recvBufferSize: 2 ** 22 });
    const datagrams: string[] = [];
    socket.on('message', (message) => datagrams.push(message.toString()));
    await new Promise<void>((resolve) => socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1', resolve));
    closers.push(() => new Promise<void>((resolve) => socket.close(resolve)));
    return { port: socket.address().port, datagrams };
  }

  it.each([
    ['statsd', 1432],
    ['dogstatsd', 1432],
    ['dogstatsd', 512],
  ] as const)('fills datagrams of %s up to %i bytes', async (dialect, maxPacketBytes) => {
    const { port, datagrams } = await sink();
    const recorder = recorderOf();
    const counters = recorder.counter('requests', { tagNames: ['route'] });
    const timers = recorder.timer('latency', { tagNames: ['route'] });
    let state = 7;
    for (let i = 0; i < 20_000; i++) {
      state = (state * 48_271) % 2_147_483_647;
      const route = `/r${i % 50}`;
      counters.with({ route }).add();
      timers.with({ route }).record(state / 2_147_483_647 / (1 + (i % 97)));
    }
    const flusher = recorder.flushTo(statsd({ port, dialect, maxPacketBytes, tags: true }), hour);
    const report = await flusher.flush();
    expect(report.complete).toBe(true);
    expect(report.dropped).toEqual({});
    await until('all datagrams', () => datagrams.length === report.payloads);
    for (const [i, datagram] of datagrams.entries()) {
      expect(Buffer.byteLength(datagram)).toBeLessThanOrEqual(maxPacketBytes);
      if (i < datagrams.length - 1)
        expect(Buffer.byteLength(datagram)).toBeGreaterThanOrEqual(maxPacketBytes / 2);
    }
    const lines = datagrams.flatMap((datagram) => datagram.split('\n'));
    const counted = lines
      .map((line) => /^requests:(\d+)\|c/.exec(line)?.[1] ?? 0)
      .reduce<number>((a, b) => a + Number(b), 0);
    expect(counted).toBe(20_000);
    const timed =
      dialect === 'statsd'
        ? lines.map((line) => Number(/^latency\.count:(\d+)\|c/.exec(line)?.[1] ?? 0))
        : lines.map((line) => {
            const [, values = '', rate = '1'] = /^latency:([\d.:e-]+)\|d(?:\|@([\d.]+))?\|#/.exec(line) ?? [];
            return values === '' ? 0 : values.split(':').length * Math.floor(1 / Number(rate));
          });
    expect(timed.reduce((a, b) => a + b, 0)).toBe(20_000);
    expect(report.bytes).toBe(datagrams.reduce((sum, datagram) => sum + Buffer.byteLength(datagram), 0));
  });

  it('tells of a port that nobody listens on, and of a name that nobody knows', async () => {
    const recorder = recorderOf();
    const counter = recorder.counter('c');
    const flusher = recorder.flushTo(statsd({ port: await freePort() }), hour);
    counter.add();
    await flusher.flush();
    // The system says so at a later send.
    await until('the refusal', async () => {
      counter.add();
      return (await flusher.flush()).error?.code === 'ECONNREFUSED';
    });
    const nowhere = recorder.flushTo(statsd({ host: 'no.such.host.invalid' }), hour);
    const { error, complete } = await nowhere.flush();
    expect([complete, error?.code]).toEqual([false, expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/)]);
    expect(nowhere.status().pending).toBe(1);
  });

  it('reaches IPv6', async () => {
    const { port, datagrams } = await sink('udp6');
    const recorder = recorderOf();
    recorder.counter('c').add(3);
    await recorder.flushTo(statsd({ host: '::1', port }), hour).flush();
    await until('the datagram', () => datagrams.length === 1);
    expect(datagrams).toEqual(['c:3|c']);
  });
});
