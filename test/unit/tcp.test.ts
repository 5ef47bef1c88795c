// Bytes over connections: one for each pass, and what its end says of all that it carried.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { tcpTransport } from '../../src/transport/tcp.js';
import { freePort, until } from '../integration/peers.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const never = new AbortController().signal;
const sent = { outcome: 'sent' };
const closed = {
  outcome: 'unknown',
  code: 'ECONNRESET',
  message: 'the peer closed before it had read all',
};

/** A server that keeps what it reads by connection, and a transport to it. */
async function peer(behave: (socket: Socket, connection: number) => void = () => {}) {
  const sockets: Socket[] = [];
  const read: string[] = [];
  const events: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const at = sockets.push(socket) - 1;
    read[at] = '';
    socket.on('error', () => {});
    socket.on('end', () => events.push(`${at} end`));
    socket.on('close', () => events.push(`${at} close`));
    socket.on('data', (chunk) => {
      read[at] += chunk.toString();
    });
    behave(socket, at);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const transport = await tcpTransport({ protocol: 'tcp', host: '127.0.0.1', port });
  closers.push(() => {
    transport.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const finish = async (signal = never) => transport.finish?.(signal);
  return { transport, finish, port, sockets, read, events };
}

/** Whether the other end of a connection is gone, so that it resets it once it is sent something. */
function resets(socket: Socket): boolean {
  socket.write('x');
  return socket.destroyed;
}

describe('a pass', () => {
  it('has one connection for all that it sends, which ends with it', async () => {
    const { transport, finish, read, events } = await peer((socket) => socket.on('end', () => socket.end()));
    for (const text of ['a', 'b', 'c']) expect(await transport.send(bytes(text), never)).toEqual(sent);
    expect(events).toEqual([]);
    expect(await finish()).toEqual(sent);
    await until('the end', () => events.includes('0 close'));
    expect(await transport.send(bytes('d'), never)).toEqual(sent);
    expect(await finish()).toEqual(sent);
    await until('the end', () => events.includes('1 close'));
    expect(read).toEqual(['abc', 'd']);
  });

  it('without anything to send opens none', async () => {
    const { finish, sockets } = await peer();
    expect(await finish()).toEqual(sent);
    expect(sockets).toHaveLength(0);
  });

  it('that is over before a connection stands has sent nothing', async () => {
    const { transport, sockets } = await peer();
    expect(await transport.send(bytes('a'), AbortSignal.abort())).toEqual({
      outcome: 'failed',
      code: 'timeout',
      message: 'the pass ended before a connection stood',
    });
    expect(sockets).toHaveLength(0);
    const dead = await tcpTransport({ protocol: 'tcp', host: '127.0.0.1', port: await freePort() });
    expect(await dead.send(bytes('a'), never)).toMatchObject({ outcome: 'failed', code: 'ECONNREFUSED' });
    expect(await dead.finish?.(never)).toEqual(sent);
    const odd = await tcpTransport({ protocol: 'tcp', host: '127.0.0.1', port: 65_536 });
    expect(await odd.send(bytes('a'), never)).toMatchObject({
      outcome: 'failed',
      code: 'ERR_SOCKET_BAD_PORT',
    });
  });

  it('that is over while the peer takes no bytes may have sent them, and breaks the connection', async () => {
    const { transport, finish, sockets } = await peer((socket, at) => at === 0 && socket.pause());
    const abort = new AbortController();
    const sending = transport.send(new Uint8Array(2 ** 26), abort.signal);
    await until('the connection', () => sockets.length === 1);
    abort.abort();
    expect(await sending).toEqual({
      outcome: 'unknown',
      code: 'timeout',
      message: 'the pass ended while the peer was taking bytes',
    });
    sockets[0]?.resume();
    await until('the reset', () => resets(sockets[0] as Socket));
    expect(await transport.send(bytes('b'), never)).toEqual(sent);
    expect(sockets).toHaveLength(2);
    expect(await finish()).toEqual(sent);
  });
});

describe('a peer that closes', () => {
  it('after the first bytes is heard at once', async () => {
    const { transport, finish, sockets } = await peer((socket, at) => {
      if (at === 0) socket.once('data', () => socket.end());
    });
    expect(await transport.send(bytes('a'), never)).toEqual(closed);
    expect(await transport.send(bytes('b'), never)).toEqual(sent);
    expect(await finish()).toEqual(sent);
    expect(sockets).toHaveLength(2);
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    'between sends, by %s, is heard at the next one',
    async (how) => {
      const { transport, finish, sockets, read } = await peer();
      expect(await transport.send(bytes('a'), never)).toEqual(sent);
      const [socket] = sockets as [Socket];
      socket[how]();
      await new Promise((resolve) => setTimeout(resolve, 50));
      // Nothing of this has left, and it goes to no other connection before the end of the first was told.
      for (const text of ['b', 'c'])
        expect(await transport.send(bytes(text), never)).toMatchObject({
          outcome: 'failed',
          code: 'ECONNRESET',
        });
      expect(await finish()).toMatchObject({ outcome: 'unknown', code: 'ECONNRESET' });
      expect(sockets).toHaveLength(1);
      expect(await transport.send(bytes('d'), never)).toEqual(sent);
      expect(await finish()).toEqual(sent);
      await until('the last', () => read.join() === 'a,d');
    },
  );

  it('after the last bytes, before it is told that this was all, is heard by the end of the pass', async () => {
    const { transport, finish } = await peer((socket) => {
      socket.on('data', (chunk) => {
        if (chunk.includes('z')) socket.end();
      });
    });
    expect(await transport.send(bytes('a'), never)).toEqual(sent);
    await transport.send(bytes('z'), never);
    expect(await finish()).toEqual(closed);
  });

  it('by a reset, once it is told that this was all, has not read all', async () => {
    const { transport, finish } = await peer((socket) => socket.on('end', () => socket.resetAndDestroy()));
    expect(await transport.send(bytes('a'), never)).toEqual(sent);
    expect(await finish()).toMatchObject({ outcome: 'unknown', code: 'ECONNRESET' });
  });

  it('never keeps its connection for two seconds at most', async () => {
    const { transport, finish, events, sockets } = await peer();
    expect(await transport.send(bytes('a'), never)).toEqual(sent);
    const begun = performance.now();
    expect(await finish()).toEqual(sent);
    expect(performance.now() - begun).toBeLessThan(1900);
    await until('our end', () => events.includes('0 end'));
    await new Promise((resolve) => setTimeout(resolve, 2200));
    // Where our end is gone, the first byte is answered by a reset, which the second one meets.
    for (let i = 0; i < 2; i++) {
      sockets[0]?.write('x');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(sockets[0]?.destroyed).toBe(true);
  });
});

describe('a connection', () => {
  it('that nobody finishes ends after a second, and the next send opens another', async () => {
    const { transport, read, events } = await peer((socket) => socket.on('end', () => socket.end()));
    expect(await transport.send(bytes('a'), never)).toEqual(sent);
    const begun = performance.now();
    await until('the end', () => events.includes('0 close'));
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect(await transport.send(bytes('b'), never)).toEqual(sent);
    await until('both', () => read.join() === 'a,b');
  });

  it('ends when the transport is closed, sooner than one that waits for its next payload', async () => {
    const { transport, port, events, read } = await peer((socket) => socket.on('end', () => socket.end()));
    const other = await tcpTransport({ protocol: 'tcp', host: '127.0.0.1', port });
    for (const one of [other, transport]) expect(await one.send(bytes('a'), never)).toEqual(sent);
    transport.close();
    transport.close();
    await until('both ends', () => events.includes('0 end') && events.includes('1 end'));
    expect(events.filter((event) => event.endsWith('end'))).toEqual(['1 end', '0 end']);
    expect(await transport.send(bytes('b'), never)).toEqual(sent);
    await until('all', () => read.join() === 'a,a,b');
  });
});
