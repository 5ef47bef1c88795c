import type { Backend } from '../../flush/backend.js';
import { SeriesEncoder } from '../push/encoder.js';
import { socketBackend } from '../push/socket.js';
import { Points } from './encode.js';
import { type GraphiteOptions, graphiteSettings } from './options.js';

/**
 * Sends points to Graphite in the plaintext protocol, over TCP or UDP.
 *
 * The protocol has no reply, so nothing is ever `delivered`: `sent` says that the bytes were handed over without an error.
 * Over TCP, a server that closes before it is told that this was all makes them `unknown`. Those are sent again with the
 * next pass as long as they are totals.
 * @throws MetricsError `invalid_option`
 */
export function graphite(options: GraphiteOptions = {}): Backend {
  const settings = graphiteSettings(options);
  const { temporality } = settings;
  return socketBackend({
    name: 'graphite',
    endpoint: settings,
    temporality,
    encoder: new SeriesEncoder(new Points(settings)),
  });
}
