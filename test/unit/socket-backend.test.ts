// What backends over sockets have in common, whatever they write.
import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';
import { graphite } from 'circmetrics/graphite';
import { statsd } from 'circmetrics/statsd';
import { expect, it, vi } from 'vitest';
import { until } from '../integration/peers.js';

it.each([
  ['totals over TCP', () => graphite(), 'resend', undefined],
  ['totals over UDP', () => graphite({ protocol: 'udp' }), 'resend', 0],
  ['differences over TCP', () => graphite({ temporality: 'delta' }), 'drop', undefined],
  ['counts over UDP', () => statsd(), 'drop', 0],
  ['counts over TCP', () => statsd({ protocol: 'tcp' }), 'drop', undefined],
] as const)('%s are sent again only where that is harmless', (_, make, onUnknown, retries) => {
  const backend = make();
  expect({ onUnknown: backend.onUnknown, retries: backend.retries }).toEqual({ onUnknown, retries });
  // A flusher takes its own number of retries where there is none.
  expect('retries' in backend).toBe(retries !== undefined);
});

it('text goes out as UTF-8 and bytes as they are, to an address that is known until the backend is closed', async () => {
  const read: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message) => read.push(message.toString('hex')));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const lookup = vi.spyOn(dns, 'lookup');
  const asked = (): number => lookup.mock.calls.filter(([name]) => name === 'localhost').length;
  const backend = statsd({ host: 'localhost', port: socket.address().port });
  const send = (body: string | Uint8Array) => backend.send({ body, parts: [] }, AbortSignal.timeout(5000));
  for (const body of ['aü', new Uint8Array([0, 255])]) expect(await send(body)).toEqual({ outcome: 'sent' });
  expect(asked()).toBe(1);
  await backend.close?.();
  await send('b');
  expect(asked()).toBe(2);
  await backend.close?.();
  await until('all', () => read.length === 3);
  expect(read).toEqual(['61c3bc', '00ff', '62']);
  lookup.mockRestore();
  socket.close();
});
