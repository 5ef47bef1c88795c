// Listens and never accepts: once the queue is full, no SYN is answered.
import { createServer } from 'node:net';

const parent = process.ppid;
const ports = process.argv.slice(2).map(Number);
await Promise.all(
  ports.map(async (port) => {
    const server = createServer(() => {});
    await new Promise((resolve, reject) => {
      server.once('error', reject).listen({ port, host: '127.0.0.2', backlog: 1 }, resolve);
    });
  }),
);
process.send('ready');
await new Promise((resolve) => setTimeout(resolve, 20));
const asleep = new Int32Array(new SharedArrayBuffer(4));
while (process.ppid === parent) Atomics.wait(asleep, 0, 0, 500);
process.exit();
