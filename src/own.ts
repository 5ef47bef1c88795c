import type { Flusher } from './flush/flusher.js';
import type { FlushTotals } from './flush/status.js';
import type { Counter } from './record/counter.js';
import type { Namespace } from './record/namespace.js';
import type { RefusalReason } from './record/tally.js';

/** What a recorder says of itself. */
interface Own {
  readonly series: number;
  readonly refused: Readonly<Record<RefusalReason, number>>;
  readonly flushers: Iterable<Flusher>;
}

/** Sums over a flusher's life that become counters, and what they count. */
const sums = {
  passes: 'Passes begun.',
  payloads: 'Payloads delivered or sent.',
  sent: 'Payloads sent by protocols without a reply.',
  bytes: 'Bytes of delivered and sent payloads.',
  samples: 'Samples delivered or sent.',
  unknown: 'Sends that may have arrived.',
  retries: 'Sends repeated within a pass.',
} as const;

/** Keeps metrics of what a recorder says of itself in a namespace, whenever the recorder is collected. */
export function reportOwn(own: Namespace, ask: () => Own): void {
  const series = own.gauge('series', { help: 'Series.' });
  const refused = own.counter('refused', { help: 'Not recorded.', tagNames: ['reason'] });
  const flush = own.namespace('flush');
  const tagNames = ['backend', 'target'] as const;
  const counters = Object.entries(sums).map(
    ([name, help]) => [name as keyof typeof sums, flush.counter(name, { help, tagNames })] as const,
  );
  const dropped = flush.counter('dropped', { help: 'Samples dropped.', tagNames: [...tagNames, 'reason'] });
  const failures = flush.gauge('failures', { help: 'Failed passes in a row.', tagNames });
  const pending = flush.gauge('pending', { help: 'Series with something undelivered.', tagNames });
  const oldest = flush.gauge('oldest_undelivered', { help: 'Its age.', unit: 'milliseconds', tagNames });
  const reported = new WeakMap<Flusher, FlushTotals>();
  own.onCollect(() => {
    const now = ask();
    series.set(now.series);
    for (const [reason, count] of Object.entries(now.refused)) {
      const counter = refused.with({ reason });
      counter.add(count - counter.value);
    }
    for (const flusher of now.flushers) {
      const { backend, target, totals, ...status } = flusher.status();
      const before = reported.get(flusher);
      reported.set(flusher, totals);
      for (const [name, family] of counters)
        grow(family.with({ backend, target }), totals[name], before?.[name]);
      for (const [reason, count] of Object.entries(totals.dropped))
        grow(dropped.with({ backend, target, reason }), count, before?.dropped[reason]);
      failures.with({ backend, target }).set(status.consecutiveFailures);
      pending.with({ backend, target }).set(status.pending);
      oldest.with({ backend, target }).set(status.oldestUndelivered ?? 0);
    }
  });
}

/** Adds what a sum has grown by, since several flushers may share a counter. */
function grow(counter: Counter, now: number, before = 0): void {
  counter.add(now - before);
}
