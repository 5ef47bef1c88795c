import type { Backend, SendResult } from '../../flush/backend.js';
import { SeriesEncoder } from '../push/encoder.js';
import { socketBackend } from '../push/socket.js';
import { Lines } from './encode.js';
import { type StatsdOptions, type StatsdSettings, statsdSettings } from './options.js';

/**
 * Sends differences to a StatsD daemon or to Datadog's agent, over UDP or TCP.
 *
 * The protocol has no reply, so nothing is ever `delivered`: `sent` says that the bytes were handed over without an error.
 * Over TCP, a daemon that closes before it is told that this was all makes them `unknown`. Those are not sent again,
 * unless the flusher's `onUnknown` says so: a daemon would count them twice.
 * @throws MetricsError `invalid_option`
 */
export function statsd(options: StatsdOptions = {}): Backend {
  const settings = statsdSettings(options);
  const dog = settings.dialect === 'dogstatsd';
  return socketBackend({
    name: settings.dialect,
    endpoint: settings,
    temporality: 'delta',
    encoder: new SeriesEncoder(new Lines(settings)),
    frame: settings.framed ? framed : undefined,
    explain: dog ? (result) => explained(result, settings) : undefined,
  });
}

/**
 * A packet as Datadog's agent reads it from a stream: a little-endian uint32 with its length, then the packet.
 * (datadog-agent, `comp/dogstatsd/listeners`, `uds_stream.go`.)
 */
function framed(packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + packet.length);
  new DataView(frame.buffer).setUint32(0, packet.length, true);
  frame.set(packet, 4);
  return frame;
}

/** What is usual at Datadog's agent, and does not work from here, is told with what to do instead. */
function explained(result: SendResult, { protocol, path }: StatsdSettings): SendResult {
  const { code, message } = result;
  let more: string | undefined;
  if (code === 'EPROTOTYPE') {
    more =
      "this is the agent's datagram socket, which Node.js cannot write to; use UDP (host and port), or set " +
      'dogstatsd_stream_socket in datadog.yaml and give its path';
  } else if (code === 'ECONNREFUSED' && protocol === 'tcp' && path === undefined) {
    more =
      "Datadog's agent does not listen on TCP; use protocol 'udp', or path with its dogstatsd_stream_socket";
  }
  return more === undefined ? result : { ...result, message: `${message}: ${more}` };
}
