// The backends that are held to the table. One line each: a new backend needs no more, or a format beside it.
import type { Backend } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { graphite } from 'circmetrics/graphite';
import { statsd } from 'circmetrics/statsd';
import { pem } from '../test/golden/pem.js';
import { type Format, graphiteLines, statsdLines, trapDocument } from './formats.js';
import type { Way } from './table.js';

export interface Entry {
  readonly name: string;
  readonly way: Way;
  readonly tls?: boolean;
  /** Reads what arrives, with code of its own. */
  readonly format: Format;
  /** Makes the backend for a peer, by a name that stands for it. */
  readonly make: (port: number) => Backend;
}

/** Asked of name servers; the name in the certificate is the system's own. */
const host = 'receiver.test';
const trap = (port: number) => `http://${host}:${port}/module/httptrap/uuid/secret`;
const secureTrap = (port: number) => `https://localhost:${port}/module/httptrap/uuid/secret`;
const small = { maxPayloadBytes: 700 };
const lines = { host, maxPayloadBytes: 300, statistics: ['count', 'sum'] } as const;
const packets = { host, maxPacketBytes: 200 };
const ca = pem('ca');
const bins = trapDocument;
const points = graphiteLines;
const tagged = statsdLines({ tags: true, bins: true });

export const entries: readonly Entry[] = [
  {
    name: 'circonus, totals',
    way: 'node:http',
    format: bins,
    make: (port) => circonus({ url: trap(port), ...small }),
  },
  {
    name: 'circonus, deltas',
    way: 'node:http',
    format: bins,
    make: (port) => circonus({ url: trap(port), temporality: 'delta', ...small }),
  },
  {
    name: 'circonus with ca, totals',
    way: 'node:http',
    tls: true,
    format: bins,
    make: (port) => circonus({ url: secureTrap(port), ca, ...small }),
  },
  {
    name: 'circonus with ca, deltas',
    way: 'node:http',
    tls: true,
    format: bins,
    make: (port) => circonus({ url: secureTrap(port), ca, temporality: 'delta', maxPayloadBytes: 3000 }),
  },
  {
    name: 'circonus by fetch, totals',
    way: 'fetch',
    format: bins,
    make: (port) => circonus({ url: trap(port), ...small }),
  },
  {
    name: 'circonus by fetch, deltas',
    way: 'fetch',
    format: bins,
    make: (port) => circonus({ url: trap(port), temporality: 'delta', ...small }),
  },
  {
    name: 'circonus by https fetch, deltas',
    way: 'fetch',
    tls: true,
    format: bins,
    make: (port) => circonus({ url: secureTrap(port), temporality: 'delta', maxPayloadBytes: 3000 }),
  },
  {
    name: 'graphite by TCP, totals',
    way: 'TCP',
    format: points,
    make: (port) => graphite({ port, ...lines }),
  },
  {
    name: 'graphite by TCP, deltas',
    way: 'TCP',
    format: points,
    make: (port) => graphite({ port, ...lines, temporality: 'delta' }),
  },
  {
    name: 'graphite by UDP, totals',
    way: 'UDP',
    format: points,
    make: (port) => graphite({ port, ...lines, protocol: 'udp' }),
  },
  {
    name: 'graphite by UDP, deltas',
    way: 'UDP',
    format: points,
    make: (port) => graphite({ port, ...lines, protocol: 'udp', temporality: 'delta' }),
  },
  {
    name: 'statsd by UDP',
    way: 'UDP',
    format: statsdLines({ tags: false, bins: false }),
    make: (port) => statsd({ port, ...packets }),
  },
  {
    name: 'statsd by TCP, bins',
    way: 'TCP',
    format: tagged,
    make: (port) => statsd({ port, ...packets, protocol: 'tcp', tags: true, distributions: 'ms' }),
  },
  {
    name: 'dogstatsd by UDP',
    way: 'UDP',
    format: tagged,
    make: (port) => statsd({ port, ...packets, dialect: 'dogstatsd' }),
  },
  {
    name: 'dogstatsd by TCP',
    way: 'TCP',
    format: tagged,
    make: (port) => statsd({ port, ...packets, dialect: 'dogstatsd', protocol: 'tcp' }),
  },
];
