import type { Backend } from '../../flush/backend.js';
import { socketTransport } from '../../transport/sockets.js';
import { PointEncoder } from './encode.js';
import { type GraphiteOptions, graphiteSettings } from './options.js';

/**
 * Sends points to Graphite in the plaintext protocol, over TCP or UDP.
 *
 * The protocol has no acknowledgement. Over TCP `delivered` says that the server read to the end of what was sent,
 * over UDP that the operating system took it. What may or may not have arrived is sent again as long as it is totals.
 * @throws MetricsError `invalid_option`
 */
export function graphite(options: GraphiteOptions = {}): Backend {
  const settings = graphiteSettings(options);
  const transport = socketTransport(settings);
  const encoder = new PointEncoder(settings);
  const utf8 = new TextEncoder();
  return {
    name: 'graphite',
    target: transport.target,
    temporality: settings.temporality,
    onUnknown: settings.temporality === 'cumulative' ? 'resend' : 'drop',
    ...(transport.retries !== undefined && { retries: transport.retries }),
    encode: (snapshot, drop, due) => encoder.encode(snapshot, drop, due),
    send: ({ body }, signal) => transport.send(typeof body === 'string' ? utf8.encode(body) : body, signal),
    close: () => transport.close(),
  };
}
