import type { Metric } from '../record/metric.js';
import type { Registry } from '../record/registry.js';
import type { Series } from '../record/series.js';

/** What a read shows of names that were unregistered. */
export interface InTurn {
  /** The series that have ended and are shown. */
  readonly first: readonly Series[];
  /** Whether something else has the name of one of them, so that they have to come before all others. */
  readonly renamed: boolean;
  /** Metrics of which only what others left to them is shown. */
  readonly waiting: ReadonlySet<Metric>;
}

/**
 * Lets what was one thing after the other under one name be delivered one after the other, because two that look the
 * same at a backend are one too many. Only what is in the ledger can wait for a later read; gauges and texts are what
 * they are at each.
 * @param ended series that have ended, to which something is owed
 */
export function inTurn(registry: Registry, ended: readonly Series[]): InTurn {
  const waiting = new Set<Metric>();
  /** Whose turn it is, by the metric that has the name now. */
  const turns = new Map<Metric, Metric>();
  const first = ended.filter(({ metric }) => {
    const now = registry.successor(metric);
    if (now !== metric && (now.kind === 'counter' || now.kind === 'histogram')) waiting.add(now);
    const turn = turns.get(now) ?? metric;
    turns.set(now, turn);
    return turn === metric;
  });
  return { first, renamed: [...turns].some(([now, metric]) => now !== metric), waiting };
}
