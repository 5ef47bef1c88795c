// Stands between a flusher and its backend: says what goes wrong with each send, and holds its outcome to the table.
import type { Backend, Payload, SendResult } from 'circmetrics';
import type { Accounts } from './accounts.js';
import type { Deck } from './deck.js';
import type { Fault } from './faults.js';
import { type Case, Judge, type Judged } from './judge.js';
import { type Answer, sending } from './names.js';
import { clock } from './peers/peer.js';
import type { Receiver } from './receivers.js';
import { patient, sinceAbort } from './signals.js';
import type { Outcome } from './table.js';

/** From when on after its signal was aborted a pass may not have waited for a send, in milliseconds. */
const unheard = 90;
/** How many bytes of a body are read at most before `within` acts. */
const mostRead = 150;

const done: ReadonlySet<string> = new Set(['delivered', 'sent', 'rejected']);

export interface Watched extends Judged {
  readonly receiver: Receiver;
  readonly accounts: Accounts;
  readonly deck: Deck;
  readonly random: () => number;
  readonly onUnknown: 'resend' | 'drop';
}

/** What is known of an end: the pass's signal, and the result's word for it. */
interface How {
  readonly signal: AbortSignal;
  readonly code: string | undefined;
}

export class Watch {
  /** While true, nothing goes wrong. */
  calm = false;
  readonly #with: Watched;
  readonly #judge: Judge;
  #judged: Promise<unknown> = Promise.resolve();
  /** The sends of this pass that share its connection, of which the pass's end is to be waited for. */
  #shared: Case[] = [];
  /** Others of this pass, which have ended. */
  #beside: Case[] = [];
  #last: { payload: Payload; outcome: Outcome } | undefined;
  /** The outage in which numbers became unknown. */
  #outage: number | undefined;

  constructor(watched: Watched) {
    this.#with = watched;
    this.#judge = new Judge(watched);
  }

  /** The same backend, watched. */
  around(backend: Backend): Backend {
    const send = (payload: Payload, signal: AbortSignal): Promise<SendResult> =>
      this.#send(backend, payload, signal);
    const { finish } = backend;
    const finished = finish && ((signal: AbortSignal) => this.#finish(finish.call(backend, signal), signal));
    return new Proxy(backend, {
      get: (target, key) => {
        if (key === 'send') return send;
        if (key === 'finish') return finished;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** Waits until what was sent has been looked at. */
  async idle(): Promise<void> {
    await this.#judged;
  }

  async #send(backend: Backend, payload: Payload, signal: AbortSignal): Promise<SendResult> {
    const { accounts, receiver, deck, random } = this.#with;
    const since = sinceAbort(signal);
    const text = typeof payload.body === 'string' ? payload.body : new TextDecoder().decode(payload.body);
    const { fault, outage } = this.calm ? {} : deck.draw();
    let asked = false;
    const answer = (): Answer => {
      asked = true;
      return this.#answer(fault);
    };
    const within = Math.floor(random() * Math.min(text.length, mostRead));
    const moment = Math.floor(random() * 4);
    const when = fault?.deed?.when;
    const fresh = fault?.lookUp !== undefined || when === 'accept' || when === 'hello';
    await receiver.order({ send: accounts.next, deed: fault?.deed, fresh, within, moment });
    // Whatever came of those before is credited by now.
    const send = accounts.begin(text, fault?.name ?? 'nothing goes wrong');
    // Where there is no time left before it begins, it does not begin.
    const result: SendResult = signal.aborted
      ? { outcome: 'failed', code: 'timeout' }
      : await patient(
          sending.run(answer, async () => backend.send(payload, signal)),
          signal,
          { outcome: 'unknown', code: 'not settled' },
        );
    send.uncertain = since() > unheard;
    const { outcome } = result as { outcome: Outcome };
    this.#repeated(payload, outcome);
    const one = { send, fault, outage, asked, seen: receiver.seen() };
    const shares = backend.finish !== undefined && (outcome === 'sent' || outcome === 'unknown');
    if (shares) this.#shared.push(one);
    // A connection that broke after an earlier payload takes no further one: of that, nothing has left.
    else this.#conclude([one], outcome, { signal, code: result.code }, this.#shared);
    // Whoever gave this one up on a busy machine has given up the others, and the pass.
    if (send.uncertain) for (const other of this.#shared) other.send.uncertain = true;
    // What was sent by the same connection before is as unsure.
    if (outcome === 'unknown' || send.uncertain)
      this.#concludeShared('unknown', { signal, code: result.code });
    // What went wrong with it may have gone wrong with the others' connection.
    else if (!shares && this.#shared.length > 0) this.#beside.push(one);
    return result;
  }

  async #finish(own: Promise<SendResult>, signal: AbortSignal): Promise<SendResult> {
    const since = sinceAbort(signal);
    const result = await patient(own, signal, { outcome: 'sent' as never });
    if (since() > unheard) for (const { send } of this.#shared) send.uncertain = true;
    const sent = (result as { outcome: Outcome }).outcome === 'sent';
    this.#concludeShared(sent ? 'sent' : 'unknown', { signal, code: result.code });
    return result;
  }

  #concludeShared(outcome: Outcome, how: How): void {
    const shared = this.#shared;
    if (shared.length === 0) return;
    const beside = this.#beside;
    this.#shared = [];
    this.#beside = [];
    // With the connection's end, more may have been done.
    const last = [...shared, ...beside].sort((a, b) => a.send.id - b.send.id).at(-1);
    if (last !== undefined) last.seen = this.#with.receiver.seen();
    this.#conclude(shared, outcome, how, beside);
  }

  #answer(fault: Fault | undefined): Answer {
    const lookUp = this.calm ? undefined : fault?.lookUp;
    if (lookUp === 'hangs' || lookUp === 'system hangs') return { hangs: lookUp === 'hangs' };
    if (lookUp === 'refused') return [{ address: '127.0.0.3', family: 4 }];
    if (lookUp === 'unanswered') return [{ address: '127.0.0.2', family: 4 }];
    if (lookUp !== undefined) return lookUp;
    const good = { address: '127.0.0.1', family: 4 };
    return this.#with.severalAddresses ? [{ address: '::1', family: 6 }, good] : [good];
  }

  /** Protocols without a reply send no difference again in the pass in which it may have arrived. */
  #repeated(payload: Payload, outcome: Outcome): void {
    const { entry, counts, violate } = this.#with;
    const lines = entry.way === 'TCP' || entry.way === 'UDP';
    if (lines && counts.deltas && this.#last?.payload === payload && this.#last.outcome === 'unknown')
      violate('what may have arrived is sent again within its pass');
    this.#last = { payload, outcome };
  }

  /** Sends that ended alike. */
  #conclude(
    cases: readonly Case[],
    outcome: Outcome,
    { signal, code = '' }: How,
    beside: readonly Case[] = [],
  ): void {
    const { onUnknown, counts, violate } = this.#with;
    const end = { outcome, code, at: clock(), aborted: signal.aborted };
    for (const { send, fault, outage } of cases) {
      send.outcome = outcome;
      send.committed = done.has(outcome) || (outcome === 'unknown' && onUnknown === 'drop');
      // An upstream that is down takes one payload at most.
      const wasted = outcome === 'unknown' && send.carries.length > 0 && counts.deltas;
      if (!wasted || fault?.name !== 'reply: 502, upstream down' || onUnknown !== 'drop') continue;
      if (outage === this.#outage) violate('one outage of the upstream took several payloads');
      this.#outage = outage;
    }
    const involved = [...cases, ...beside];
    const seen = Promise.all(involved.map((one) => one.seen));
    this.#judged = Promise.all([seen, this.#judged]).then(([all]) =>
      this.#judge.hold(cases, end, involved, all),
    );
  }
}
