// Stands between a flusher and its backend: says what goes wrong with each send, and holds its outcome to the table.
import type { Backend, Payload, SendResult } from 'circmetrics';
import type { Accounts, Send, Violate } from './accounts.js';
import type { Deck } from './deck.js';
import type { Entry } from './entries.js';
import { type Fault, nothing, restarted, severalAddresses } from './faults.js';
import { type Answer, sending } from './names.js';
import { clock, type Seen } from './peers/peer.js';
import type { Receiver } from './receivers.js';
import type { Counts } from './report.js';
import type { Outcome, Table } from './table.js';

/** How long after its signal was aborted a send is waited for, in milliseconds: a little less than a pass waits. */
const grace = 80;
/** How long before the end of a send its peer must have closed for the library to have known, in milliseconds. */
const known = 5;
/** How many bytes of a body are read at most before `within` acts. */
const mostRead = 150;

const settled: ReadonlySet<string> = new Set(['delivered', 'sent', 'rejected']);

export interface Watched {
  readonly entry: Entry;
  readonly receiver: Receiver;
  readonly accounts: Accounts;
  readonly deck: Deck;
  readonly random: () => number;
  readonly table: Table;
  readonly counts: Counts;
  /** Whether the name has a first address at which nobody listens. */
  readonly severalAddresses: boolean;
  readonly onUnknown: 'resend' | 'drop';
  readonly violate: Violate;
}

export class Watch {
  /** While true, nothing goes wrong. */
  calm = false;
  readonly #with: Watched;
  #judged: Promise<void> = Promise.resolve();
  /** Rows that may still matter for the next send. */
  #before: ReadonlySet<string> = new Set();
  #last: { payload: Payload; outcome: Outcome } | undefined;
  /** The outage in which numbers became unknown. */
  #outage: number | undefined;

  constructor(watched: Watched) {
    this.#with = watched;
  }

  /** The same backend, watched. */
  around(backend: Backend): Backend {
    const send = (payload: Payload, signal: AbortSignal): Promise<SendResult> =>
      this.#send(backend, payload, signal);
    return new Proxy(backend, {
      get: (target, key) => {
        if (key === 'send') return send;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** Waits until what was sent has been looked at. */
  idle(): Promise<void> {
    return this.#judged;
  }

  async #send(backend: Backend, payload: Payload, signal: AbortSignal): Promise<SendResult> {
    const { accounts, receiver, deck, random } = this.#with;
    const text = typeof payload.body === 'string' ? payload.body : new TextDecoder().decode(payload.body);
    const send = accounts.begin(text);
    const { fault, outage } = this.calm ? {} : deck.draw();
    send.fault = fault?.name ?? 'nothing goes wrong';
    let asked = false;
    const answer = (): Answer => {
      asked = true;
      return this.#answer(fault);
    };
    const late = new Promise<SendResult>((resolve) => {
      const giveUp = (): void => {
        const message = 'the send went on after its signal was aborted';
        setTimeout(() => resolve({ outcome: 'unknown', code: 'not settled', message }), grace);
      };
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
    const within = Math.floor(random() * Math.min(text.length, mostRead));
    const moment = Math.floor(random() * 4);
    const when = fault?.deed?.when;
    const fresh = fault?.lookUp !== undefined || when === 'accept' || when === 'hello';
    await receiver.order({ send: send.id, deed: fault?.deed, fresh, within, moment });
    const own = sending.run(answer, async () => backend.send(payload, signal));
    const result = await Promise.race([own, late]);
    const ended = { at: clock(), aborted: signal.aborted, asked };
    const { outcome } = result as { outcome: Outcome };
    send.outcome = outcome;
    send.committed = settled.has(outcome) || (outcome === 'unknown' && this.#with.onUnknown === 'drop');
    this.#repeated(payload, outcome);
    if (fault?.name === 'reply: 502, upstream down') this.#down(send, outage);
    const seen = receiver.seen();
    this.#judged = Promise.all([seen, this.#judged]).then(([had]) =>
      this.#judge(send, fault, result, had, ended),
    );
    return result;
  }

  #answer(fault: Fault | undefined): Answer {
    const lookUp = this.calm ? undefined : fault?.lookUp;
    if (lookUp === 'hangs') return undefined;
    if (lookUp === 'refused') return [{ address: '127.0.0.3', family: 4 }];
    if (lookUp === 'unanswered') return [{ address: '127.0.0.2', family: 4 }];
    if (lookUp !== undefined) return lookUp;
    const good = { address: '127.0.0.1', family: 4 };
    return this.#with.severalAddresses ? [{ address: '::1', family: 6 }, good] : [good];
  }

  /** Protocols without a reply send no difference again in the pass in which it may have arrived. */
  #repeated(payload: Payload, outcome: Outcome): void {
    const { entry, onUnknown } = this.#with;
    const lines = entry.way === 'TCP' || entry.way === 'UDP';
    if (lines && onUnknown === 'resend' && this.#with.counts.deltas) {
      if (this.#last?.payload === payload && this.#last.outcome === 'unknown')
        this.#with.violate('what may have arrived is sent again within its pass');
    }
    this.#last = { payload, outcome };
  }

  /** An upstream that is down takes one payload at most. */
  #down(send: Send, outage: number | undefined): void {
    if (send.outcome !== 'unknown' || send.carries.length === 0 || !send.committed) return;
    if (!this.#with.counts.deltas) return;
    if (outage === this.#outage) this.#with.violate('one outage of the upstream took several payloads');
    this.#outage = outage;
  }

  #judge(
    send: Send,
    fault: Fault | undefined,
    result: SendResult,
    seen: Seen,
    ended: { readonly at: number; readonly aborted: boolean; readonly asked: boolean },
  ): void {
    const { entry, table, counts, violate } = this.#with;
    const outcome = result.outcome as Outcome;
    const reached = fault !== undefined && (fault.lookUp === undefined ? seen.acted : ended.asked);
    const rows = new Set([reached ? fault.row : nothing]);
    if (this.#with.severalAddresses && (!reached || fault.lookUp === undefined)) rows.add(severalAddresses);
    // A datagram's refusal is told at the next one; a connection that is used again has what was done to it before.
    const again = entry.way === 'UDP' || (entry.way === 'TCP' && !ended.asked);
    if (again) for (const row of this.#before) rows.add(row);
    this.#before = new Set(again && entry.way === 'TCP' ? rows : reached ? [fault.row] : []);
    // Whoever closes only after all was sent could not be heard.
    const unheard = seen.closedAt === undefined || seen.closedAt > ended.at - known;
    const closes = reached && (fault.deed?.does === 'fin' || fault.deed?.does === 'rst');
    if (entry.way === 'TCP' && closes && unheard) rows.add(restarted);
    const promised = [...rows].flatMap((row) => table.get(row)?.get(entry.way) ?? []);
    const allowed = new Set(promised.flatMap(({ outcomes }) => [...outcomes]));
    send.mayBeLost = promised.some(({ mayBeLost }) => mayBeLost);
    // Whoever has no time left cannot know more; but where nothing can have left, that is known.
    if (ended.aborted && !(reached && fault.hangs === true)) allowed.add('failed').add('unknown');
    counts.note(reached ? fault : undefined, outcome, send);
    if (allowed.has(outcome)) return;
    const code = result.code === undefined ? '' : ` (${result.code})`;
    const row = reached ? fault.row : nothing;
    violate(`${outcome}${code} where the table says ${[...allowed].join(' or ')}: ${row}`, send.fault);
  }
}
