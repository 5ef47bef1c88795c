// Holds outcomes to the table of docs/delivery.md.
import type { Send, Violate } from './accounts.js';
import type { Entry } from './entries.js';
import { type Fault, idleTotals, nothing, outOfTime, restarted, severalAddresses } from './faults.js';
import type { Seen } from './peers/peer.js';
import type { Counts } from './report.js';
import type { Outcome, Table } from './table.js';

/** How long before the end its peer must have closed for the library to have known, in milliseconds. */
const known = 5;

/** What outcomes are held to, and who is told. */
export interface Judged {
  readonly entry: Entry;
  readonly table: Table;
  readonly counts: Counts;
  /** Whether the name has a first address at which nobody listens. */
  readonly severalAddresses: boolean;
  readonly violate: Violate;
}

/** A send, what was to go wrong with it, and how it ended. */
export interface Case {
  readonly send: Send;
  readonly fault: Fault | undefined;
  /** The number of the outage that the fault is of. */
  readonly outage: number | undefined;
  /** Whether the name was looked up. */
  readonly asked: boolean;
  seen: Promise<Seen>;
}

/** How sends ended, and when. */
interface End {
  readonly outcome: Outcome;
  readonly code: string;
  readonly at: number;
  /** Whether the pass's time was up. */
  readonly aborted: boolean;
}

export class Judge {
  readonly #with: Judged;
  /** What was done to the datagram before, whose refusal may be told with the next one. */
  #before: string | undefined;

  constructor(judged: Judged) {
    this.#with = judged;
  }

  /**
   * Holds sends that ended alike to the table.
   * @param involved the same, and others whose faults may have met them
   * @param all what receivers have seen of them
   */
  hold(
    cases: readonly Case[],
    { outcome, code, at, aborted }: End,
    involved: readonly Case[],
    all: readonly Seen[],
  ): void {
    const { entry, table, counts, violate } = this.#with;
    const rows = new Set<string>();
    let hangs = false;
    let first: Case | undefined;
    for (const [i, one] of involved.entries()) {
      const { fault, asked, send } = one;
      const { acted, closedAt, connections } = all[i] as Seen;
      const reached = fault !== undefined && (fault.lookUp === undefined ? acted : asked);
      if (i < cases.length) counts.note(reached ? fault : undefined, outcome, send);
      if (this.#before !== undefined && entry.way === 'UDP') rows.add(this.#before);
      this.#before = reached ? fault.row : undefined;
      const refuses =
        this.#with.severalAddresses && (!reached || (entry.way === 'UDP' && fault.lookUp === undefined));
      if (refuses) rows.add(severalAddresses);
      // What was done to a connection that was kept may show with the next request.
      const kept = fault?.deed?.when === 'idle' || connections === 0;
      if (kept && !counts.deltas && entry.way === 'node:http') rows.add(idleTotals);
      if (!reached) continue;
      rows.add(fault.row);
      first ??= one;
      hangs ||= fault.hangs === true;
      // Whoever closes only after all was sent could not be heard.
      const closes = fault.deed?.does === 'fin' || fault.deed?.does === 'rst';
      const late = closedAt === undefined || closedAt > at - known;
      if (entry.way === 'TCP' && closes && late) rows.add(restarted);
    }
    if (first === undefined) rows.add(nothing);
    // Whoever has no time left cannot know more; but where nothing can have left, that is known.
    if (aborted && !hangs) rows.add(outOfTime);
    const promised = [...rows].flatMap((row) => table.get(row)?.get(entry.way) ?? []);
    const allowed = new Set(promised.flatMap(({ outcomes }) => [...outcomes]));
    // What an earlier payload of the connection met keeps this one from leaving.
    if (entry.way === 'TCP' && involved.length > cases.length && first !== undefined) allowed.add('failed');
    for (const { send } of cases) send.mayBeLost = promised.some(({ mayBeLost }) => mayBeLost);
    // What the flusher made of it is not known.
    if (allowed.has(outcome) || cases.some(({ send }) => send.uncertain)) return;
    const what = `${outcome}${code && ` (${code})`} where the table says ${[...allowed].join(' or ')}`;
    violate(`${what}: ${first?.fault?.row ?? nothing}`, (first ?? cases[0])?.send.fault);
  }
}
