// Every backend of the package, held to what the package asks of all.
import type { Backend } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { graphite } from 'circmetrics/graphite';
import { opentsdb } from 'circmetrics/opentsdb';
import { statsd } from 'circmetrics/statsd';
import { type Check, contractChecks, memoryBackend, type Subject } from 'circmetrics/testing';
import { beforeAll, describe, it } from 'vitest';
import { pem } from '../golden/pem.js';
import { freePort } from '../integration/peers.js';
import { seed } from '../seed.js';

let deadPort = 0;
beforeAll(async () => {
  deadPort = await freePort();
});
const ca = pem('ca');
function describeBackend(name: string, subject: Omit<Subject, 'deadPort' | 'seed'>): void {
  describe(name, () => {
    const checks = (port: number) => contractChecks({ ...subject, deadPort: port, seed });
    for (const [i, { name: what }] of checks(1).entries())
      it(what, () => (checks(deadPort)[i] as Check).run());
  });
}

for (const temporality of ['cumulative', 'delta'] as const) {
  describeBackend(`circonus, ${temporality}`, {
    make: (port, limit): Backend =>
      circonus({
        url: `http://127.0.0.1:${port}/module/httptrap/uuid/s3cret`,
        temporality,
        ...(limit !== undefined && { maxPayloadBytes: limit }),
      }),
    limits: [200, 1000],
    secret: 's3cret',
  });
  describeBackend(`circonus with a CA, ${temporality}`, {
    make: (port): Backend =>
      circonus({ url: `https://127.0.0.1:${port}/module/httptrap/uuid/s3cret`, temporality, ca }),
    secret: 's3cret',
  });
  for (const naming of ['tagged', 'hierarchical'] as const) {
    describeBackend(`graphite, ${temporality}, ${naming}`, {
      make: (port, limit) =>
        graphite({ port, temporality, naming, ...(limit !== undefined && { maxPayloadBytes: limit }) }),
      limits: [200, 1000],
    });
  }
  for (const protocol of ['HTTP', 'telnet']) {
    describeBackend(`opentsdb by ${protocol}, ${temporality}`, {
      make: (port, limit) =>
        opentsdb({
          ...(protocol === 'HTTP' ? { url: `http://127.0.0.1:${port}/?token=s3cret` } : { port }),
          temporality,
          ...(limit !== undefined && { maxPayloadBytes: limit }),
        }),
      limits: [300, 1000],
      secret: 's3cret',
    });
  }
  describeBackend(`memory, ${temporality}`, {
    make: () => memoryBackend({ temporality, samplesPerPayload: 3, respond: () => ({ outcome: 'failed' }) }),
  });
}
for (const [dialect, protocol, distributions] of [
  ['statsd', 'udp', 'summary'],
  ['statsd', 'tcp', 'ms'],
  ['dogstatsd', 'udp', 'd'],
  ['dogstatsd', 'tcp', 'summary'],
] as const) {
  describeBackend(`${dialect} over ${protocol}, ${distributions}`, {
    make: (port, limit) =>
      statsd({
        port,
        dialect,
        protocol,
        distributions,
        ...(limit !== undefined && { maxPacketBytes: limit }),
      }),
    limits: [200, 1000],
    unacknowledged: protocol === 'udp',
  });
}
