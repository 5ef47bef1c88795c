import type { Endpoint, SocketTransport } from './socket.js';
import { TcpTransport } from './tcp.js';
import { UdpTransport } from './udp.js';

/** Opens nothing yet: the first send does. */
export function socketTransport(endpoint: Endpoint): SocketTransport {
  return endpoint.protocol === 'udp' ? new UdpTransport(endpoint) : new TcpTransport(endpoint);
}
