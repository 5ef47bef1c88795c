// What backends over sockets have in common, whatever they write.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { graphite } from 'circmetrics/graphite';
import { statsd } from 'circmetrics/statsd';
import { expect, it } from 'vitest';
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

it('text goes out as UTF-8 and bytes as they are, until the backend is closed', async () => {
  const read: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message) => read.push(message.toString('hex')));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const backend = statsd({ port: socket.address().port });
  const open = (): number => process.getActiveResourcesInfo().filter((name) => name === 'UDPWRAP').length;
  const before = open();
  for (const body of ['aü', new Uint8Array([0, 255])])
    expect(await backend.send({ body, parts: [] }, AbortSignal.timeout(5000))).toEqual({ outcome: 'sent' });
  await until('both', () => read.length === 2);
  expect(read).toEqual(['61c3bc', '00ff']);
  await backend.close?.();
  await until('the end of its socket', () => open() === before);
  socket.close();
});
