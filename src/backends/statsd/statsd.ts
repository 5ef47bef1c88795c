import type { Backend } from '../../flush/backend.js';
import { socketTransport } from '../../transport/sockets.js';
import { LineEncoder } from './encode.js';
import { type StatsdOptions, statsdSettings } from './options.js';

/**
 * Sends differences to a StatsD daemon or to Datadog's agent, over UDP or TCP.
 *
 * Over UDP nobody learns whether a datagram arrived: `delivered` says that the operating system took it. Over TCP it
 * says that the daemon read to the end of the packet. What may or may not have arrived is not sent again, unless the
 * flusher's `onUnknown` says so: a daemon would count it twice.
 * @throws MetricsError `invalid_option`
 */
export function statsd(options: StatsdOptions = {}): Backend {
  const settings = statsdSettings(options);
  const transport = socketTransport(settings);
  const encoder = new LineEncoder(settings);
  const utf8 = new TextEncoder();
  return {
    name: settings.dialect,
    target: transport.target,
    temporality: 'delta',
    onUnknown: 'drop',
    ...(transport.retries !== undefined && { retries: transport.retries }),
    encode: (snapshot, drop, due) => encoder.encode(snapshot, drop, due),
    send: ({ body }, signal) => transport.send(typeof body === 'string' ? utf8.encode(body) : body, signal),
    close: () => transport.close(),
  };
}
