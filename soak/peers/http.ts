// A server of HTTP, or HTTPS, that goes wrong. A body is taken whole or not at all.
import type { Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { pem } from '../../test/golden/pem.js';
import { type Deed, goodReply } from '../faults.js';
import type { Order, Took } from './peer.js';
import { StreamPeer } from './stream.js';

const certificate = { key: pem('key'), cert: pem('san') };
const demanding = { ...certificate, ca: pem('ca'), requestCert: true, rejectUnauthorized: true };

/** The beginning of a ServerHello that is longer. */
const half = Buffer.from('160303007a0200', 'hex');

export class HttpPeer extends StreamPeer {
  readonly #took: Took;
  readonly #tls: boolean;
  /** Connections between two requests, and the streams that are spoken over them. */
  readonly #waiting = new Set<Socket>();
  /** TCP connections by the other side's port, which TLS streams say as well. */
  readonly #raw = new Map<number, Socket>();
  readonly #servers = new Map<Deed['does'] | undefined, Server>();

  constructor(tls: boolean, took: Took) {
    super();
    this.#tls = tls;
    this.#took = took;
    if (!tls) return;
    this.#servers.set(undefined, this.#server(certificate));
    this.#servers.set('certificate', this.#server({ ...demanding, minVersion: 'TLSv1.3' }));
    this.#servers.set('certificate 1.2', this.#server({ ...demanding, maxVersion: 'TLSv1.2' }));
  }

  protected waiting(): Iterable<Socket> {
    return [...this.#waiting];
  }

  protected serve(socket: Socket): void {
    socket.on('close', () => this.#waiting.delete(socket));
    const { deed } = this.current;
    if (!this.#tls) {
      this.#speak(socket, socket);
      return;
    }
    const server = this.#servers.get(deed?.when === 'hello' ? deed.does : undefined);
    if (deed?.when === 'hello' && server === undefined) {
      socket.once('data', () => {
        if (deed.does === 'garbage') socket.write('HTTP/1.0 400 Bad\r\n\r\n');
        if (deed.does === 'half') socket.write(half);
        this.act(socket, deed);
      });
      socket.resume();
      return;
    }
    if (deed?.when === 'hello') this.did();
    const { remotePort = 0 } = socket;
    this.#raw.set(remotePort, socket);
    socket.on('close', () => this.#raw.delete(remotePort));
    server?.emit('connection', socket);
  }

  #server(options: Parameters<typeof createServer>[0]): Server {
    const server = createServer(options as object, (stream) => {
      stream.on('error', () => {});
      const socket = this.#raw.get(stream.remotePort ?? 0);
      if (socket === undefined) stream.destroy();
      else this.#speak(stream, socket);
    });
    return server.on('tlsClientError', (_, stream) => stream.destroy());
  }

  /** Reads requests from a stream and answers them, over a TCP connection. */
  #speak(stream: Socket, socket: Socket): void {
    let bytes: Buffer = Buffer.alloc(0);
    let order: Order | undefined;
    let deaf = false;
    const act = (deed: Deed): void => {
      deaf = true;
      // A reset is TCP's; an end, which is TLS's as well, is the stream's.
      this.act(deed.does === 'rst' ? socket : stream, deed);
    };
    stream.on('end', () => stream.end());
    stream.on('data', (chunk: Buffer) => {
      if (deaf) return;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      this.#waiting.delete(socket);
      order ??= this.current;
      const { deed, within } = order;
      if (deed?.when === 'accept' || deed?.when === 'first byte') return act(deed);
      const end = bytes.indexOf('\r\n\r\n') + 4;
      if (end < 4) return;
      const head = bytes.subarray(0, end).toString('latin1');
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
      if (deed?.when === 'within' && bytes.length > end + Math.min(within, length - 1)) return act(deed);
      if (!(bytes.length >= end + length)) return;
      const body = bytes.subarray(end, end + length);
      bytes = bytes.subarray(end + length);
      const { send } = order;
      order = undefined;
      const takes = deed?.when !== 'body' || deed.takes === true;
      if (takes)
        this.#took((/^content-encoding: *gzip/im.test(head) ? gunzipSync(body) : body).toString(), send);
      const last = /^connection: *close/im.test(head);
      const goesOn = (): void => {
        if (last) stream.end();
        else if (!socket.destroyed) this.#waiting.add(socket);
      };
      if (deed?.when === 'body') return this.#answer(stream, deed, act, goesOn);
      stream.write(goodReply);
      goesOn();
    });
    stream.resume();
  }

  #answer(stream: Socket, deed: Deed, act: (deed: Deed) => void, goesOn: () => void): void {
    const { reply, does, delay = 0 } = deed;
    this.did();
    setTimeout(() => {
      if (reply !== undefined && !stream.destroyed) stream.write(reply);
      if (does === 'reply') goesOn();
      // After the reply was read.
      else act({ ...deed, ...(reply !== undefined && { delay: 5 }) });
    }, delay);
  }
}
