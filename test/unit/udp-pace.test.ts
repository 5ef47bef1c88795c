// How fast datagrams follow each other, and how long a refusal is waited for: with a socket and pauses of the test's own.
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { udpTransport } from '../../src/transport/udp.js';

/** What was done, in order: `10` for a pause of 10 ms, `send`, `open`, `close`. */
const log = vi.hoisted(() => [] as (string | number)[]);
/** What the system does with the next datagrams: refuses after so many milliseconds, at once, or takes them. */
const script = vi.hoisted(() => ({
  refuse: [] as (number | 'at once' | undefined)[],
  sockets: [] as EventEmitter[],
}));
const refusal = (): Error => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

vi.mock('../../src/turns.js', () => ({
  turn: async () => {},
  pause: async (milliseconds: number, ...signals: AbortSignal[]) => {
    log.push(milliseconds);
    const after = script.refuse.shift();
    if (typeof after === 'number' && after <= milliseconds) {
      vi.advanceTimersByTime(after);
      script.sockets.at(-1)?.emit('error', refusal());
      expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    }
  },
}));
vi.mock('node:dgram', () => ({
  createSocket: (type: string) => {
    const socket = Object.assign(new EventEmitter(), {
      unref: () => {},
      connect: (_port: number, _address: string, done: () => void) => done(),
      send: (_body: Uint8Array, done: (error: Error | null) => void) => {
        log.push('send');
        if (script.refuse[0] === 'at once') done(refusal());
        else done(null);
      },
      close: () => log.push('close'),
    });
    log.push(`open ${type}`);
    script.sockets.push(socket);
    return socket;
  },
}));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
  log.length = 0;
  script.refuse.length = 0;
});

const never = new AbortController().signal;
async function transport(host = '127.0.0.1') {
  const udp = await udpTransport({ protocol: 'udp', host, port: 8125 });
  const send = async (): Promise<string> => (await udp.send(new Uint8Array(1), never)).outcome;
  /** What is done for one datagram. */
  const logged = async (refuse?: number | 'at once'): Promise<(string | number)[]> => {
    log.length = 0;
    if (refuse !== undefined) script.refuse = [refuse];
    log.push(await send());
    return log.slice();
  };
  return { udp, send, logged };
}

describe('datagrams', () => {
  it('go out ten in a row, with a millisecond between rows, as long as they are of one pass', async () => {
    const { send } = await transport();
    /** After how many datagrams each pause comes. */
    const rows = async (count: number): Promise<number[]> => {
      const pauses: number[] = [];
      for (let i = 0; i < count; i++) {
        log.length = 0;
        await send();
        if (log.includes(1)) pauses.push(i);
      }
      return pauses;
    };
    expect(await rows(35)).toEqual([10, 20, 30]);
    vi.advanceTimersByTime(50);
    expect(await rows(10)).toEqual([5]);
    vi.advanceTimersByTime(51);
    expect(await rows(12)).toEqual([10]);
  });

  it('go out more in a row in very large passes', async () => {
    const { send } = await transport();
    vi.advanceTimersByTime(51);
    let last = 0;
    const wrong: [number, number][] = [];
    for (let i = 0; i < 40_100; i++) {
      log.length = 0;
      await send();
      if (!log.includes(1)) continue;
      const row = i - last;
      last = i;
      if (Math.abs(row - Math.max(10, i / 1000)) > 1) wrong.push([i, row]);
    }
    expect(wrong).toEqual([]);
    expect(last).toBeGreaterThan(40_000);
  });
});

describe('a refusal', () => {
  it('is waited for after the first datagram to an address, and not after one was taken', async () => {
    const { udp, logged } = await transport();
    expect(await logged()).toEqual(['open udp4', 'send', 10, 'sent']);
    expect(await logged()).toEqual(['send', 'sent']);
    udp.close();
    expect(await logged()).toEqual(['open udp4', 'send', 10, 'sent']);
    const { logged: six } = await transport('::1');
    expect(await six()).toEqual(['open udp6', 'send', 10, 'sent']);
  });

  it.each([
    [0, 10],
    [2, 10],
    [5, 10],
    [8, 16],
    [10, 20],
  ])('that came after %i ms is waited for %i ms the next time', async (after, next) => {
    const { logged } = await transport();
    expect(await logged(after)).toEqual(['open udp4', 'send', 10, 'close', 'failed']);
    expect(await logged()).toEqual(['open udp4', 'send', next, 'sent']);
    expect(await logged()).toEqual(['send', 'sent']);
  });

  it('is waited for a fifth of a second at most', async () => {
    const { logged } = await transport();
    const waits = [];
    for (let after = 10; after <= 320; after *= 2) {
      const [, , wait] = await logged(Math.min(after, 200));
      waits.push(wait);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 200]);
  });

  it('of an earlier datagram, which was given up, is no refusal of the next; that one is waited for', async () => {
    const { logged } = await transport();
    await logged();
    script.sockets.at(-1)?.emit('error', refusal());
    expect(await logged()).toEqual(['send', 10, 'sent']);
    expect(await logged()).toEqual(['send', 'sent']);
  });

  it('by the system at once is of the datagram before: it is sent again, once', async () => {
    const { logged } = await transport();
    await logged();
    expect(await logged('at once')).toEqual(['send', 'send', 'close', 'failed']);
    script.refuse.length = 0;
    expect(await logged()).toEqual(['open udp4', 'send', 10, 'sent']);
  });
});
