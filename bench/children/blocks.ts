// How long work takes, and for how long at a time it holds the event loop; and a backend that adds nothing to that.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import type { PrometheusScrape } from 'circmetrics/prometheus';

export interface Cost {
  /** Milliseconds from the call to the end. */
  readonly time: number;
  /** The longest that the event loop was held, in milliseconds. */
  readonly block: number;
}

export async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  // It needs a turn to begin with.
  await sleep(5);
  const begun = performance.now();
  await work();
  const time = performance.now() - begun;
  await sleep(5);
  delays.disable();
  return { time, block: delays.max / 1e6 };
}

/** Renders as a handler does, which keeps no chunk. */
export async function renderAll(scrape: PrometheusScrape): Promise<void> {
  for await (const chunk of scrape.render()) chunk.charCodeAt(0);
}

/** Encodes for Circonus and says that everything arrived. */
export function takesEverything(): Backend {
  return {
    ...circonus({ url: 'http://127.0.0.1/module/httptrap/uuid/secret', temporality: 'delta' }),
    send: async () => ({ outcome: 'delivered' }),
    close: () => {},
  };
}
