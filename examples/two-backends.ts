// Two backends at once: totals to a Circonus trap, differences to a StatsD daemon, each on a schedule of its own. One of
// them fails for a while; the other does not notice, and nothing is lost.
// It is JavaScript as well as TypeScript. Here: node --import tsx examples/two-backends.ts
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { statsd } from 'circmetrics/statsd';

async function main() {
  // In place of a daemon, so that this runs as it is: a socket that adds up what it gets.
  let counted = 0;
  const daemon = createSocket('udp4').on('message', (packet) => {
    for (const line of packet.toString().split('\n')) {
      const [, n] = /^shop\.orders:(\d+)\|c$/.exec(line) ?? [];
      if (n === undefined) continue;
      counted += Number(n);
      console.log(`  daemon: +${n}, so ${counted}`);
    }
  });
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');

  // In place of a broker: a server that keeps the last total, and is away in between.
  let away = false;
  let total = '';
  const broker = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (away) {
      response.writeHead(503).end();
      return;
    }
    total = JSON.parse(body)['shop`orders']._value;
    console.log(`  broker: ${total}`);
    response.end('{}');
  });
  await once(broker.listen(0, '127.0.0.1'), 'listening');
  const { port } = Object(broker.address());

  const recorder = new Recorder({
    onWarning: (message) => console.log(`! ${message.replace(/ at \S+/, '')}`),
  });
  const orders = recorder.namespace('shop').counter('orders');

  const trap = recorder.flushTo(circonus({ url: `http://127.0.0.1:${port}/module/httptrap/uuid/secret` }), {
    every: 60_000,
    retries: 0,
  });
  const agent = recorder.flushTo(statsd({ host: '127.0.0.1', port: daemon.address().port }), {
    every: 1_000,
    // Each has a filter and tags of its own, too.
    include: 'shop.*',
  });
  // In a service the schedules do this.
  const both = async () => {
    await Promise.all([trap.flush(), agent.flush()]);
    // What UDP brings takes a moment.
    await sleep(50);
  };

  console.log('3 orders');
  orders.add(3);
  await both();

  console.log('4 more, while the broker is away');
  away = true;
  orders.add(4);
  await both();

  console.log('5 more, and the broker is back');
  away = false;
  orders.add(5);
  await both();

  await recorder.close();
  console.log(`ordered ${orders.value}, at the daemon ${counted}, at the broker ${total}`);
  daemon.close();
  broker.close();
  broker.closeAllConnections();
}

main();
