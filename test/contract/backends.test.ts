import { circonus } from 'circmetrics/circonus';
import { graphite } from 'circmetrics/graphite';
import { statsd } from 'circmetrics/statsd';
import { describeBackend } from './contract.js';

for (const temporality of ['cumulative', 'delta'] as const) {
  describeBackend({
    name: `circonus, ${temporality}`,
    make: (port, limit) =>
      circonus({
        url: `http://127.0.0.1:${port}/module/httptrap/uuid/s3cret`,
        temporality,
        ...(limit !== undefined && { maxPayloadBytes: limit }),
      }),
    secret: 's3cret',
  });
  describeBackend({
    name: `graphite, ${temporality}`,
    make: (port, limit) =>
      graphite({ port, temporality, ...(limit !== undefined && { maxPayloadBytes: limit }) }),
  });
}
for (const [dialect, protocol, distributions] of [
  ['statsd', 'udp', 'summary'],
  ['statsd', 'tcp', 'ms'],
  ['dogstatsd', 'udp', 'd'],
  ['dogstatsd', 'tcp', 'summary'],
] as const) {
  describeBackend({
    name: `${dialect} over ${protocol}, ${distributions}`,
    make: (port, limit) =>
      statsd({
        port,
        dialect,
        protocol,
        distributions,
        ...(limit !== undefined && { maxPacketBytes: limit }),
      }),
  });
}
