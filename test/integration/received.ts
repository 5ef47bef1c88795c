// The demo's receiver, and what it makes of a body.
import { afterAll, beforeEach, expect } from 'vitest';
import type { Bins } from '../../demo/trap/bins.js';
import type { Received } from '../../demo/trap/state.js';
import { startTrap, type Trap } from '../../demo/trap/trap.js';

/** A time in bodies, in milliseconds. */
export const TIME = 1_700_000_000_123;

export const trap: Trap = await startTrap({ port: 0 });
afterAll(() => trap.close());

/** Each test has metrics of its own, below a name of its own. */
export let prefix = 0;
beforeEach(() => {
  prefix += 1;
});

/** What the trap answers: the status, and the JSON. */
export async function put(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<[number, unknown]> {
  const response = await fetch(trap.url, { method: 'PUT', body, headers });
  return [response.status, await response.json()];
}

/** Sends one metric in a body of its own; what the trap then holds of it. */
export async function send(leaf: string, name = 'm'): Promise<Received | undefined> {
  const [status] = await put(`{"${prefix}":{"${name}":${leaf}}}`);
  expect(status).toBe(200);
  return trap.metrics().get(`${prefix}\`${name}`);
}

/** Bins as `edge: count`, ascending; only tests with small counts use it. */
export const plain = (bins: unknown): Record<string, number> =>
  Object.fromEntries(
    [...(bins as Bins)].sort(([a], [b]) => a - b).map(([edge, bin]) => [edge, Number(bin.count)]),
  );
