// Datagrams: which address they go to, how long it is used, and what is told where none is taken.
import { createSocket, type Socket } from 'node:dgram';
import dns, { type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { udpTransport } from '../../src/transport/udp.js';
import { until } from '../integration/peers.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  for (const close of closers.splice(0)) await close();
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const never = new AbortController().signal;
const sent = { outcome: 'sent' };

/** Receivers at some loopback addresses, all at one port; those that are stopped refuse. */
async function receivers(...hosts: readonly string[]) {
  const sockets = new Map<string, Socket>();
  const read: string[] = [];
  let port = 0;
  const listen = async (host: string): Promise<void> => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', (message) => read.push(`${host} ${message.toString()}`));
    const listening = once(socket, 'listening');
    socket.bind(port, host);
    await listening;
    ({ port } = socket.address());
    sockets.set(host, socket);
  };
  const stop = async (host: string): Promise<void> => {
    const socket = sockets.get(host);
    sockets.delete(host);
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()));
  };
  for (const host of hosts) await listen(host);
  closers.push(async () => {
    for (const host of [...sockets.keys()]) await stop(host);
  });
  return { read, stop, listen, port };
}

/** Lets the name `metrics.localhost` have some addresses, and counts how often it is looked up. */
function names(...addresses: readonly string[]) {
  const name = { addresses, lookups: 0 };
  vi.spyOn(dns, 'lookup').mockImplementation(((
    host: string,
    options: unknown,
    callback: (error: Error | null, found: string | readonly LookupAddress[], family?: number) => void,
  ) => {
    // Sockets have addresses looked up as well.
    if (isIP(host) !== 0) {
      callback(null, host, isIP(host));
      return;
    }
    expect([host, options]).toEqual(['metrics.localhost', { all: true }]);
    name.lookups++;
    if (name.addresses.length === 0) {
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
      return;
    }
    callback(
      null,
      name.addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as never);
  return name;
}

async function transportTo(port: number) {
  const transport = await udpTransport({ protocol: 'udp', host: 'metrics.localhost', port });
  closers.push(() => transport.close());
  return transport;
}

describe('the addresses of a name', () => {
  it('are used for a minute, and until the transport is closed', async () => {
    const { port, read } = await receivers('127.0.0.1');
    const name = names('127.0.0.1');
    const transport = await transportTo(port);
    vi.useFakeTimers({ toFake: ['performance'] });
    const send = async (): Promise<number> => {
      expect(await transport.send(bytes('a'), never)).toEqual(sent);
      return name.lookups;
    };
    expect([await send(), await send()]).toEqual([1, 1]);
    vi.advanceTimersByTime(59_999);
    expect(await send()).toBe(1);
    vi.advanceTimersByTime(1);
    expect([await send(), await send()]).toEqual([2, 2]);
    transport.close();
    expect(await send()).toBe(3);
    await until('all', () => read.length === 6);
  });

  it('are looked up again after none of them took a datagram', async () => {
    const { port, stop, listen, read } = await receivers('127.0.0.1');
    const name = names('127.0.0.1');
    const transport = await transportTo(port);
    await stop('127.0.0.1');
    expect(await transport.send(bytes('a'), never)).toMatchObject({
      outcome: 'failed',
      code: 'ECONNREFUSED',
    });
    expect(await transport.send(bytes('b'), never)).toMatchObject({
      outcome: 'failed',
      code: 'ECONNREFUSED',
    });
    expect(name.lookups).toBe(2);
    await listen('127.0.0.1');
    expect(await transport.send(bytes('c'), never)).toEqual(sent);
    expect(await transport.send(bytes('d'), never)).toEqual(sent);
    expect(name.lookups).toBe(3);
    await until('all', () => read.length === 2);
    expect(read).toEqual(['127.0.0.1 c', '127.0.0.1 d']);
  });

  it('are tried in turn, and the one that took the last is first', async () => {
    const { port, stop, listen, read } = await receivers('127.0.0.1', '::1');
    const name = names('127.0.0.1', '::1');
    const transport = await transportTo(port);
    const send = async (text: string): Promise<void> =>
      expect(await transport.send(bytes(text), never)).toEqual(sent);
    await send('a');
    await stop('127.0.0.1');
    await send('b');
    // Back, but the other one is known to listen.
    await listen('127.0.0.1');
    await send('c');
    await stop('::1');
    await send('d');
    expect(name.lookups).toBe(1);
    // Once it is closed, it knows of none.
    await listen('::1');
    transport.close();
    name.addresses = ['::1', '127.0.0.1'];
    await send('e');
    expect(name.lookups).toBe(2);
    await until('all', () => read.length === 5);
    expect(read).toEqual(['127.0.0.1 a', '::1 b', '::1 c', '127.0.0.1 d', '::1 e']);
  });

  it('that another machine has now are followed, though the old one still listens', async () => {
    const { port, read } = await receivers('127.0.0.1', '::1');
    const name = names('127.0.0.1', '::1');
    const transport = await transportTo(port);
    vi.useFakeTimers({ toFake: ['performance'] });
    const send = async (text: string): Promise<void> =>
      expect(await transport.send(bytes(text), never)).toEqual(sent);
    await send('a');
    // Both orders keep what took the last datagram.
    name.addresses = ['::1', '127.0.0.1'];
    vi.advanceTimersByTime(60_000);
    await send('b');
    name.addresses = ['::1'];
    vi.advanceTimersByTime(60_000);
    await send('c');
    expect(name.lookups).toBe(3);
    await until('all', () => read.length === 3);
    expect(read).toEqual(['127.0.0.1 a', '127.0.0.1 b', '::1 c']);
  });
});

describe('a datagram that is not sent', () => {
  it('says why: no such name, or the time was up', async () => {
    const { port, read } = await receivers('127.0.0.1');
    const name = names();
    const transport = await transportTo(port);
    const unknown = { outcome: 'failed', code: 'ENOTFOUND', message: 'no such name' };
    expect(await transport.send(bytes('a'), never)).toEqual(unknown);
    name.addresses = ['127.0.0.1'];
    const late = {
      outcome: 'failed',
      code: 'timeout',
      message: 'the pass ended before the address was resolved',
    };
    expect(await transport.send(bytes('b'), AbortSignal.abort())).toMatchObject(late);
    // It is looked up for ever.
    const abort = new AbortController();
    vi.mocked(dns.lookup).mockImplementation((() => abort.abort()) as never);
    transport.close();
    expect(await transport.send(bytes('c'), abort.signal)).toEqual(late);
    names('127.0.0.1');
    expect(await transport.send(bytes('d'), never)).toEqual(sent);
    await until('the last', () => read.length > 0);
    expect(read).toEqual(['127.0.0.1 d']);
  });

  it('because it is too large is never taken, and the next one is', async () => {
    const { port, read } = await receivers('127.0.0.1');
    const name = names('127.0.0.1', '::1');
    const transport = await transportTo(port);
    expect(await transport.send(new Uint8Array(70_000), never)).toMatchObject({
      outcome: 'rejected',
      code: 'EMSGSIZE',
    });
    expect(await transport.send(bytes('a'), never)).toEqual(sent);
    expect(name.lookups).toBe(1);
    await until('it', () => read.length > 0);
    expect(read).toEqual(['127.0.0.1 a']);
  });
});
