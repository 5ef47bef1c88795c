// The table of docs/delivery.md that says what holds: for each phase, and each way to send, the outcomes there may be.
import { readFileSync } from 'node:fs';

/** How a backend sends: the table's columns, in this order. */
export const ways = ['node:http', 'fetch', 'TCP', 'UDP'] as const;
export type Way = (typeof ways)[number];

export type Outcome = 'delivered' | 'sent' | 'rejected' | 'failed' | 'unknown';

/** What the table says of one phase and one way. */
export interface Promised {
  readonly outcomes: ReadonlySet<Outcome>;
  /** Whether what is `sent` may not arrive. */
  readonly mayBeLost: boolean;
}

/** The cells of the table by `phase: what happens`, then by way; a way is missing where the table has a dash. */
export type Table = ReadonlyMap<string, ReadonlyMap<Way, Promised>>;

const page = new URL('../docs/delivery.md', import.meta.url);
const head = `| phase | what happens | ${ways.map((way) => (way === 'node:http' || way === 'fetch' ? `HTTP by \`${way}\`` : way)).join(' | ')} |`;
const cell = /^`(delivered|sent|rejected|failed|unknown)`( \(may be lost\))?$/;

/** Reads the table; throws where it is not as the program expects it. */
export function readTable(): Table {
  const lines = readFileSync(page, 'utf8').split('\n');
  const from = lines.indexOf(head);
  if (from < 0) throw new Error(`docs/delivery.md has no table that begins with ${head}`);
  const table = new Map<string, Map<Way, Promised>>();
  for (const line of lines.slice(from + 2)) {
    if (!line.startsWith('|')) break;
    const [phase, what, ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((text) => text.trim());
    const row = new Map<Way, Promised>();
    for (const [i, way] of ways.entries()) {
      if (cells[i] !== '–') row.set(way, promised(cells[i] ?? ''));
    }
    table.set(`${phase}: ${what}`, row);
  }
  return table;
}

function promised(text: string): Promised {
  const found = text.split(' or ').map((one) => {
    const match = cell.exec(one);
    if (match === null) throw new Error(`docs/delivery.md: '${text}' is not a list of outcomes`);
    return match;
  });
  return {
    outcomes: new Set(found.map(([, outcome]) => outcome as Outcome)),
    mayBeLost: found.some(([, , lost]) => lost !== undefined),
  };
}
