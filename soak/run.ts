// One runtime's backends, all at once: the process that sends.
import './names.js';
import process from 'node:process';
import type { Flusher } from 'circmetrics';
import { seeded } from '../bench/harness.js';
import { Accounts, type Violate } from './accounts.js';
import { Deck } from './deck.js';
import { type Entry, entries } from './entries.js';
import type { PeerKind } from './peers/child.js';
import { Receivers } from './receivers.js';
import { Counts, type Ran, type Violation } from './report.js';
import { Service } from './service.js';
import { readTable } from './table.js';
import { Watch } from './watch.js';

/** What the child tells while it runs, and at its end. */
export type Told = { readonly passes: number; readonly faults: number; readonly violations: number } | Ran;

const [names = '[]', seconds, seed] = process.argv.slice(2);
const chosen = JSON.parse(names) as string[];
const random = seeded(Number(seed));
const own = (): (() => number) => seeded(Math.floor(random() * 2 ** 31));
const table = readTable();
const receivers = new Receivers();
const violations = new Map<string, { entry: string; what: string; example: string; count: number }>();
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
let over = false;

const violate = (entry: string, what: string, example = ''): void => {
  const key = `${entry}\n${what}`;
  const before = violations.get(key);
  if (before === undefined) violations.set(key, { entry, what, example, count: 1 });
  else before.count++;
};

const kindOf = ({ way, tls = false }: Entry): PeerKind =>
  way === 'UDP' ? 'datagrams' : way === 'TCP' ? 'lines' : tls ? 'https' : 'http';

/** How a flusher of a backend is: one that is asked without pause, one that goes by its own schedule. */
interface Manner {
  readonly name: string;
  readonly share: number;
  readonly timeout: number;
  /** Milliseconds between passes that are asked for; none are where it is missing. */
  readonly pause?: number;
  readonly every: number;
  readonly resends: boolean;
}

const manners: readonly Manner[] = [
  { name: 'often', share: 0.4, timeout: 250, pause: 20, every: 3_600_000, resends: false },
  { name: 'by its schedule', share: 0.08, timeout: 250, every: 300, resends: true },
];

interface Running {
  readonly flusher: Flusher;
  readonly watch: Watch;
  readonly accounts: Accounts;
  readonly counts: Counts;
  readonly manner: Manner;
  readonly service: Service;
  readonly violate: Violate;
}

async function begin(entry: Entry, service: Service, manner: Manner, opened: Opened): Promise<Running> {
  const { receiver } = opened;
  const backend = entry.make(receiver.port);
  const deltas = backend.temporality === 'delta';
  const name = `${entry.name} (${manner.name})`;
  const complain: Violate = (what, example) => violate(name, what, example);
  const accounts = new Accounts(entry.format, !deltas, complain);
  const counts = new Counts(entry.name, entry.way, deltas);
  const onUnknown = deltas && !manner.resends ? 'drop' : 'resend';
  opened.take = (text, first) =>
    accounts.take(text, first, entry.way === 'node:http' || entry.way === 'fetch', service.recorded);
  const watch = new Watch({
    entry,
    receiver,
    accounts,
    deck: new Deck(entry, own(), manner.share, silence),
    random: own(),
    table,
    counts,
    severalAddresses: manner.resends,
    onUnknown,
    violate: complain,
  });
  const { every, timeout } = manner;
  const settings = { every, timeout, onUnknown, retries: 1, align: manner.pause === undefined } as const;
  const flusher = service.recorder.flushTo(watch.around(backend), settings);
  return { flusher, watch, accounts, counts, manner, service, violate: complain };
}

async function keepFlushing({ flusher, manner }: Running): Promise<void> {
  while (!over && manner.pause !== undefined) {
    await flusher.flush();
    await pause(manner.pause);
  }
}

/** Lets everything arrive, and compares. */
async function finish(running: Running): Promise<void> {
  const { flusher, watch, accounts, counts, service, violate: complain } = running;
  watch.calm = true;
  const until = Date.now() + 10_000;
  let complete = 0;
  // Twice: of the last datagram's refusal is told at the next one.
  while (complete < 2 && Date.now() < until) complete = (await flusher.flush()).complete ? complete + 1 : 0;
  if (complete < 2)
    complain(
      'passes are not complete although nothing goes wrong any more',
      JSON.stringify(flusher.status().lastError),
    );
  const { pending } = await flusher.close();
  if (pending > 0) complain(`${pending} series are pending after all was delivered`);
  await watch.idle();
  await pause(600);
  accounts.compare(service.recorded);
  const { totals } = flusher.status();
  counts.passes = totals.passes;
  counts.clockSteps = service.clockSteps;
  counts.recorded = [...service.recorded].reduce((sum, [key, n]) => sum + (key.endsWith(' .sum') ? 0 : n), 0);
  counts.excused = [...accounts.excused];
  for (const outcome of ['unknown', 'sent'] as const) {
    const said = (totals as unknown as Record<string, number>)[outcome];
    const least = counts.payloads[outcome] - accounts.uncertain;
    const most = counts.payloads[outcome] + counts.empty[outcome] + accounts.uncertain;
    if (said === undefined && most === 0) continue;
    if (said === undefined || said < least || said > most)
      complain(`totals.${outcome} is ${said}, of ${least} to ${most} sends`);
  }
}

/** A peer, and what is done with what it takes, which is known only when the backend is made for its port. */
interface Opened {
  readonly receiver: Awaited<ReturnType<Receivers['open']>>;
  take: (text: string, first: number) => void;
}

async function open(kind: PeerKind): Promise<Opened> {
  const opened: { receiver?: Opened['receiver']; take: Opened['take'] } = { take: () => {} };
  opened.receiver = await receivers.open(kind, (text, first) => opened.take(text, first));
  return opened as Opened;
}

const mine = entries.filter(({ name }) => chosen.includes(name));
const peers = await Promise.all(mine.map((entry) => Promise.all(manners.map(() => open(kindOf(entry))))));
const silence = await receivers.fallSilent();
const services = mine.map(({ format }) => new Service(own(), format));
const running = (
  await Promise.all(
    mine.map((entry, at) =>
      Promise.all(
        manners.map((manner, i) =>
          begin(entry, services[at] as Service, manner, (peers[at] as Opened[])[i] as Opened),
        ),
      ),
    ),
  )
).flat();

const endable = services.map((service) =>
  running.some((one) => one.service === service && one.counts.deltas),
);
const work = setInterval(() => {
  for (const [at, service] of services.entries()) {
    service.work();
    if (endable[at] && random() < 0.02) service.end();
    if (random() < 0.004) service.stepClock();
  }
}, 5);

const faultsOf = ({ counts }: Running): number =>
  Object.entries(counts.sends).reduce(
    (sum, [fault, by]) => sum + (fault.startsWith('none') ? 0 : Object.values(by).reduce((a, b) => a + b, 0)),
    0,
  );
const tell = setInterval(() => {
  for (const { accounts } of running) accounts.settle();
  const passes = running.reduce((sum, { flusher }) => sum + flusher.status().totals.passes, 0);
  const faults = running.reduce((sum, one) => sum + faultsOf(one), 0);
  const wrong = [...violations.values()].reduce((sum, { count }) => sum + count, 0);
  process.send?.({ passes, faults, violations: wrong } satisfies Told);
}, 1000);

process.on('uncaughtException', (error) => violate('the process', `uncaught: ${error.stack}`));
process.on('unhandledRejection', (error) => violate('the process', `unhandled: ${(error as Error)?.stack}`));

setTimeout(() => {
  over = true;
  clearInterval(work);
}, Number(seconds) * 1000);
await Promise.all(running.map(keepFlushing));
while (!over) await pause(50);
await Promise.all(running.map(finish));
clearInterval(tell);
receivers.close();
const ran: Ran = {
  counts: running.map(({ counts }) => counts),
  violations: [...violations.values()] as Violation[],
};
process.send?.(ran, () => process.exit());
