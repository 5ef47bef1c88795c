import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from './random.js';
import { type Route, routes } from './routes.js';

/** Requests a second, on average. */
const RATE = 500;
/** Requests under way, at most; on a slow machine those beyond are left out, not queued. */
const MAX_UNDER_WAY = 250;

/**
 * Sends requests at random times, as independent users would, until the signal; then waits for the answers to
 * those under way.
 */
export async function runLoad(url: string, seed: number, until: AbortSignal): Promise<void> {
  const random = new Random(seed);
  const agent = new Agent({ keepAlive: true });
  const underWay = new Set<Promise<void>>();

  let due = performance.now();
  while (!until.aborted) {
    for (const now = performance.now(); due <= now; due += random.interval(1000 / RATE)) {
      const route = pick(random);
      const id = Math.floor(random.uniform() * 10_000);
      if (underWay.size >= MAX_UNDER_WAY) continue;
      const sent = send(agent, route.method, url + route.address(id)).finally(() => underWay.delete(sent));
      underWay.add(sent);
    }
    await sleep(Math.max(0, due - performance.now()), undefined, { signal: until }).catch(() => {});
  }
  await Promise.all(underWay);
  agent.destroy();
}

/** A route, each as often as its share says. */
function pick(random: Random): Route {
  const drawn = random.uniform() * 100;
  let upTo = 0;
  for (const route of routes) {
    upTo += route.share;
    if (drawn < upTo) return route;
  }
  return routes[0]!;
}

/** Settles when the answer has been read; what goes wrong on the way is for the service to count. */
function send(agent: Agent, method: string, url: string): Promise<void> {
  return new Promise((resolve) => {
    request(url, { agent, method }, (response) => response.resume().once('close', resolve))
      .once('error', () => resolve())
      .end();
  });
}
