// What a run counts, and how it is printed.
import type { Difference, Send } from './accounts.js';
import { type Fault, faults, nothing } from './faults.js';
import type { Outcome, Way } from './table.js';

const outcomes: readonly Outcome[] = ['delivered', 'sent', 'rejected', 'failed', 'unknown'];
const phases = ['name', 'connect', 'TLS', 'body', 'reply', 'idle', 'any'] as const;

const phaseOf = (row: string): string => row.slice(0, row.indexOf(':'));

/** What happened at one flusher of a backend. */
export class Counts {
  readonly entry: string;
  readonly way: Way;
  readonly deltas: boolean;
  passes = 0;
  clockSteps = 0;
  recorded = 0;
  excused: readonly (readonly [Outcome, Difference])[] = [];
  /** Sends by fault and outcome. */
  readonly sends: Record<string, Partial<Record<Outcome, number>>> = {};
  /** Outcomes of payloads, and of empty ones that only ask. */
  readonly payloads: Record<Outcome, number> = { delivered: 0, sent: 0, rejected: 0, failed: 0, unknown: 0 };
  readonly empty: Record<Outcome, number> = { delivered: 0, sent: 0, rejected: 0, failed: 0, unknown: 0 };

  constructor(entry: string, way: Way, deltas: boolean) {
    this.entry = entry;
    this.way = way;
    this.deltas = deltas;
  }

  note(fault: Fault | undefined, outcome: Outcome, send: Send): void {
    const name = fault?.name ?? nothing;
    const by = this.sends[name] ?? {};
    this.sends[name] = by;
    by[outcome] = (by[outcome] ?? 0) + 1;
    (send.carries.length > 0 ? this.payloads : this.empty)[outcome]++;
  }
}

/** Something that must not be. */
export interface Violation {
  readonly entry: string;
  readonly what: string;
  /** The first of them. */
  readonly example: string;
  readonly count: number;
}

/** What a run says at its end. */
export interface Ran {
  readonly counts: readonly Counts[];
  readonly violations: readonly Violation[];
}

/** How many of the flushers that a violation was seen at are named. */
const namedPlaces = 4;

const number = (n: number): string => (n === 0 ? '·' : n.toLocaleString('en'));

/** Rows as aligned text: the first column to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

const sumOf = (numbers: Iterable<number | undefined>): number => {
  let sum = 0;
  for (const n of numbers) sum += n ?? 0;
  return sum;
};

function groups<T>(all: readonly T[], by: (one: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) found.set(by(one), [...(found.get(by(one)) ?? []), one]);
  return found;
}

/** Faults of each backend by phase, and what became of its payloads. */
export function byBackend(counts: readonly Counts[]): string {
  const rowOf = new Map(faults.map(({ name, row }) => [name, row]));
  const head = ['faults and outcomes', ...phases, 'passes', ...outcomes, 'lost', 'doubled'];
  const rows = [...groups(counts, ({ entry }) => entry)].map(([entry, own]) => [
    entry,
    ...phases.map((phase) =>
      number(
        sumOf(
          own.flatMap(({ sends }) =>
            Object.entries(sends)
              .filter(([fault]) => phaseOf(rowOf.get(fault) ?? '') === phase)
              .flatMap(([, by]) => Object.values(by)),
          ),
        ),
      ),
    ),
    number(sumOf(own.map(({ passes }) => passes))),
    ...outcomes.map((outcome) => number(sumOf(own.map(({ payloads }) => payloads[outcome])))),
    number(sumOf(own.flatMap(({ excused }) => excused.map(([, { lost }]) => lost)))),
    number(sumOf(own.flatMap(({ excused }) => excused.map(([, { doubled }]) => doubled)))),
  ]);
  return aligned([head, ...rows]);
}

/** Each fault by the way of sending, and what the library said. */
export function byFault(counts: readonly Counts[]): string {
  const rows: string[][] = [];
  for (const name of new Set([nothing, ...faults.map((fault) => fault.name)])) {
    for (const [way, own] of groups(counts, (one) => one.way)) {
      const said = outcomes.map((outcome) => sumOf(own.map(({ sends }) => sends[name]?.[outcome])));
      if (sumOf(said) > 0) rows.push([name, way, number(sumOf(said)), ...said.map(number)]);
    }
  }
  return aligned([['fault', 'by', 'times', ...outcomes], ...rows]);
}

/** Faults that were not made, for people. */
export function missing(counts: readonly Counts[]): string {
  const made = new Set(
    counts.flatMap(({ way, sends }) => Object.keys(sends).map((name) => `${name} by ${way}`)),
  );
  const possible = faults.flatMap(({ name, ways }) =>
    ways.filter((way) => counts.some((one) => one.way === way)).map((way) => `${name} by ${way}`),
  );
  const missed = possible.filter((one) => !made.has(one));
  return missed.length === 0 ? 'Every fault was made.' : `Not made: ${missed.join(', ')}`;
}

/** Samples that may be missing or double, by way and outcome. */
export function excuses(counts: readonly Counts[]): string {
  const rows = [...groups(counts, ({ way, deltas }) => `${way}, ${deltas ? 'differences' : 'totals'}`)].map(
    ([name, own]) => {
      const of = (outcome: Outcome, what: keyof Difference): string =>
        number(
          sumOf(own.flatMap(({ excused }) => excused.map(([by, sum]) => (by === outcome ? sum[what] : 0)))),
        );
      return [
        name,
        number(sumOf(own.map(({ recorded }) => recorded))),
        of('unknown', 'lost'),
        of('sent', 'lost'),
        of('rejected', 'lost'),
        of('unknown', 'doubled'),
      ];
    },
  );
  const head = ['samples', 'recorded', 'lost: unknown', 'lost: sent', 'lost: rejected', 'doubled: unknown'];
  return aligned([head, ...rows]);
}

/** Violations by what they are, the most frequent first, and where they were seen. */
export function listed(violations: readonly Violation[]): string {
  const kinds = [...groups(violations, ({ what }) => what)]
    .map(([what, all]) => ({ what, all, count: sumOf(all.map(({ count }) => count)) }))
    .sort((a, b) => b.count - a.count);
  return kinds
    .map(({ what, all, count }) => {
      const where = [...groups(all, ({ entry }) => entry)].map(([entry]) => entry);
      const more = where.length > namedPlaces ? `, and ${where.length - namedPlaces} more` : '';
      const such = all[0]?.example === '' ? '' : `, such as: ${all[0]?.example}`;
      return `${String(count).padStart(6)} ×  ${what}\n          ${where.slice(0, namedPlaces).join(', ')}${more}${such}`;
    })
    .join('\n');
}
