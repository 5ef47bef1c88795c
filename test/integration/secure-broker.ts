// Brokers with a CA of their own, which are closed when a test ends.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { afterEach } from 'vitest';
import { pem } from '../golden/pem.js';

export const ca = pem('ca');
/** What each test has opened. */
export const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;
export const ok: Answer = (request, response) => {
  request.resume().on('end', () => response.end('{"stats":1,"filtered":0}'));
};

/** The port of a server that listens at both of the addresses that localhost may stand for. */
export async function listening(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What a backend is given for a server at this port. */
export const urlOf = (port: number, host = 'localhost'): string =>
  `https://${host}:${port}/module/httptrap/uuid/secret`;

/** A broker with a certificate of test/golden/tls; how many connections and requests it has had. */
export async function broker(certificate: string, answer: Answer = ok, options: ServerOptions = {}) {
  const seen = { connections: 0, open: 0, requests: 0 };
  const server = createServer(
    { key: pem('key'), cert: pem(certificate), ...options },
    (request, response) => {
      seen.requests++;
      answer(request, response);
    },
  );
  server.on('connection', (socket) => {
    seen.connections++;
    seen.open++;
    socket.on('close', () => seen.open--);
  });
  closers.push(() => server.closeAllConnections());
  const port = await listening(server);
  return { url: (host = 'localhost') => urlOf(port, host), seen };
}
