// Keeps a service going whose trap is in another process, and says what it recorded and what its memory did. In a
// process of its own, which has nothing of the trap's, and is told to compile nothing: in the heap of a test's process
// what the library keeps is lost in what the runner has, and in the code that is made of what runs often.
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlusherStatus, FlushReport } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { used } from '../../bench/children/used.js';
import { seeded } from '../../bench/harness.js';
import { Service } from './faulty-service.js';

/** What the child asks of its parent, which answers each with any message. */
export type Wish = { readonly listen: boolean } | { readonly calm: boolean };

/** What the child says at its end. */
export interface Found {
  readonly counts: Service['counts'];
  readonly samples: Service['samples'];
  /** Passes that were not complete. */
  readonly failed: number;
  /** Bytes in use, when everything there is has been seen. */
  readonly before: number;
  readonly after: number;
  /** The same after many passes more, of which none arrived. */
  readonly afterOutage: number;
  readonly last: FlushReport;
  readonly status: FlusherStatus;
}

const [url = '', seed] = process.argv.slice(2);

async function ask(wish: Wish): Promise<void> {
  process.send?.(wish);
  await once(process, 'message');
}

/** Bytes in use, when sockets and timers had time to end, and what they held as well. */
async function settled(): Promise<number> {
  let bytes = 0;
  for (let i = 0; i < 4; i++) {
    await sleep(100);
    bytes = used();
  }
  return bytes;
}

const next = seeded(Number(seed));
const service = new Service(next);
const backend = circonus({ url, temporality: 'delta', maxPayloadBytes: 4000 });
const settings = { every: 3_600_000, timeout: 100, retries: 1, onUnknown: 'resend' } as const;
const flusher = service.recorder.flushTo(backend, settings);
let failed = 0;

async function passes(count: number, outages: number): Promise<void> {
  for (let pass = 0; pass < count; pass++) {
    service.work();
    const down = next() < outages;
    if (down) await ask({ listen: false });
    const flushed = flusher.flush();
    // Recordings in flight: after the read, before the commit.
    await new Promise((resolve) => setImmediate(resolve));
    service.work();
    if (!(await flushed).complete) failed++;
    if (down) await ask({ listen: true });
  }
}

async function deliverAll(): Promise<void> {
  await ask({ calm: true });
  while (!(await flusher.flush()).complete);
}

service.workOnAll();
await deliverAll();
await ask({ calm: false });
await passes(150, 0.1);
const before = await settled();
await passes(350, 0.1);
const after = await settled();
await ask({ listen: false });
await passes(300, 0);
const afterOutage = await settled();
await ask({ listen: true });
await deliverAll();
const last = await flusher.close();
const { counts, samples } = service;
const status = flusher.status();
process.send?.({ counts, samples, failed, before, after, afterOutage, last, status } satisfies Found);
process.disconnect();
