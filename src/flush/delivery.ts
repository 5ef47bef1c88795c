import type { Part } from '../collect/cursor.js';
import type { SendResult } from '../transport/outcome.js';
import { pause } from '../turns.js';
import { unknownBy, unlessAborted } from './abortable.js';
import { resultOf } from './answers.js';
import type { Backend, Payload } from './backend.js';
import type { FlushSettings } from './options.js';
import { backOff } from './schedule.js';
import type { Totals } from './status.js';

/** How long a send may go on after its signal was aborted, in milliseconds. */
export const grace = 100;
/** The first pause before a payload is sent again is at most this long, in milliseconds. */
const firstPause = 25;
/** The longest pause within a pass, in milliseconds; whoever wants a longer one gets it between passes. */
const longestPause = 1000;

/** What a pass delivers with. */
export interface Delivering {
  readonly backend: Backend;
  readonly settings: FlushSettings;
  /** The sums of the pass, and of the flusher's life. */
  readonly totals: readonly [pass: Totals, life: Totals];
  readonly signal: AbortSignal;
  /** Why the signal aborted. */
  readonly why: () => string;
  readonly now: () => number;
  /** Takes parts as delivered, in slices; undefined where nothing is owed. */
  readonly commit: ((parts: readonly Part[]) => Promise<void>) | undefined;
  /** Whether a payload may have arrived, and the backend was not heard since. It outlives the pass. */
  readonly doubt: { open: boolean };
}

/** Sends the payloads of one pass, and settles what became of each. */
export class Delivery {
  /** Whether what was not delivered is left for the next pass. */
  kept = true;
  /** How long the server wants to be left alone, in milliseconds. */
  retryAfter: number | undefined;
  readonly #with: Delivering;
  /** What was sent by a protocol without a reply, and is counted when the pass ends. */
  #sent = { payloads: 0, bytes: 0, samples: 0 };
  /** The parts of these payloads, where they are not committed before. */
  #parts: (readonly Part[])[] = [];

  constructor(delivering: Delivering) {
    this.#with = delivering;
  }

  /** Sends a payload until that is settled or there is no point in it; false ends the pass. */
  async deliver(payload: Payload): Promise<boolean> {
    const { settings, totals, signal } = this.#with;
    const { retries, onUnknown } = settings;
    for (let attempt = 0; ; attempt++) {
      const result = (await this.#unanswered()) ?? (await this.#send(payload));
      const { outcome, retryAfter } = result;
      if (outcome === 'delivered' || outcome === 'sent' || outcome === 'rejected') {
        await this.#settle(payload, result);
        return true;
      }
      const unknown = outcome === 'unknown';
      if (unknown) this.#doubtful(1);
      const lost = unknown && onUnknown === 'drop';
      if (lost) await this.#commit(payload.parts);
      const wait = retryAfter ?? backOff(attempt, firstPause, longestPause);
      // Without a reply, what may have arrived is not sent again before the next pass.
      const final = lost || (unknown && this.#with.backend.finish !== undefined);
      if (final || attempt >= retries || wait > longestPause || signal.aborted) {
        this.kept = !lost;
        this.retryAfter = retryAfter;
        this.#fail(result);
        return false;
      }
      for (const sums of totals) sums.retries++;
      await pause(wait, signal);
    }
  }

  /** Settles what was sent by a protocol without a reply. To be called when the pass ends, however it ends. */
  async finish(): Promise<void> {
    if (this.#sent.payloads === 0) return;
    const { backend, signal } = this.#with;
    const finish = async (): Promise<SendResult> =>
      backend.finish === undefined ? { outcome: 'sent' } : resultOf(await backend.finish(signal));
    const result = (await unlessAborted(finish().catch(unknownBy), signal, grace)) ?? this.#late();
    if (result.outcome === 'unknown' || result.outcome === 'failed') {
      this.kept = this.#with.settings.onUnknown === 'resend';
      this.#doubtful(0);
      this.#fail(result);
      return;
    }
    for (const sums of this.#with.totals) {
      sums.sent += this.#sent.payloads;
      sums.delivered(this.#sent.payloads, this.#sent.bytes, this.#sent.samples);
    }
    for (const parts of this.#parts) await this.#commit(parts);
  }

  /** A payload that the next pass does not carry. */
  async #settle(payload: Payload, result: SendResult): Promise<void> {
    const { backend, settings, totals } = this.#with;
    const { body, parts } = payload;
    if (result.outcome === 'rejected') {
      for (const sums of totals) for (const part of parts) sums.drop(part, 'rejected');
      this.kept = false;
      this.#fail(result);
      return this.#commit(parts);
    }
    this.#with.doubt.open = false;
    if (result.outcome === 'delivered') {
      const { rejected = 0 } = result;
      for (const sums of totals)
        sums.delivered(1, byteLength(body), Math.max(0, parts.length - rejected), rejected);
      if (rejected > 0) this.#fail({ code: 'partial', ...result });
      return this.#commit(parts);
    }
    this.#sent.payloads++;
    this.#sent.bytes += byteLength(body);
    this.#sent.samples += parts.length;
    // What is given up anyway if it turns out to be unknown need not wait.
    if (settings.onUnknown === 'drop' || backend.finish === undefined) return this.#commit(parts);
    if (this.#with.commit !== undefined) this.#parts.push(parts);
  }

  /** Of payloads that may have arrived: those, and what was sent before by the same connection. */
  #doubtful(payloads: number): void {
    for (const sums of this.#with.totals) sums.unknown += payloads + this.#sent.payloads;
    this.#sent = { payloads: 0, bytes: 0, samples: 0 };
    this.#parts = [];
    this.#with.doubt.open = true;
  }

  /** Where a payload may have arrived before: why the backend does not answer, or undefined if it does. */
  async #unanswered(): Promise<SendResult | undefined> {
    const { backend, doubt, commit } = this.#with;
    if (!doubt.open || backend.probe === undefined || commit === undefined) return undefined;
    const result = await this.#send({ body: backend.probe, parts: [] });
    doubt.open = result.outcome === 'failed' || result.outcome === 'unknown';
    // No number was in it.
    return doubt.open ? { ...result, outcome: 'failed' } : undefined;
  }

  async #send(payload: Payload): Promise<SendResult> {
    const { backend, signal, totals, why } = this.#with;
    if (signal.aborted) return { outcome: 'failed', code: 'timeout', message: why() };
    const sending = (async () => resultOf(await backend.send(payload, signal)))().catch(unknownBy);
    const result = await unlessAborted(sending, signal, grace);
    if (result?.reply !== undefined) for (const sums of totals) sums.reply = result.reply;
    return result ?? this.#late();
  }

  /** What is known of a send that had no answer when the time was up. */
  #late(): SendResult {
    return { outcome: 'unknown', code: 'timeout', message: this.#with.why() };
  }

  async #commit(parts: readonly Part[]): Promise<void> {
    await this.#with.commit?.(parts);
  }

  #fail(result: SendResult): void {
    this.#with.totals[0].fail(this.#with.now(), result);
  }
}

function byteLength(body: string | Uint8Array): number {
  return typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
}
