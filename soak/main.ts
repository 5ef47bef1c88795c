/**
 * `npm run soak -- --seconds 600 --seed 7` sends by every backend through receivers that go wrong in every phase, and
 * holds what arrives, series by series and bin by bin, to what was recorded, and each outcome to the table in
 * docs/delivery.md. A seed gives the same faults in the same order; when they meet what is under way, nobody can repeat.
 * Exits with 1 if something did not hold.
 */
import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { entries } from './entries.js';
import { faults, idleTotals, nothing, outOfTime, restarted, severalAddresses } from './faults.js';
import { byBackend, byFault, excuses, listed, missing, type Ran } from './report.js';
import type { Told } from './run.js';
import { readTable, ways } from './table.js';

const usage = `Usage: npm run soak -- [--seconds <n>] [--seed <n>] [--only <text>]

  --seconds <n>   how long things go wrong, 5 or more (default: 60)
  --seed <n>      which faults, in which order (default: one that is printed)
  --only <text>   only backends with this in their name`;

function given() {
  const word = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: { seconds: word, seed: word, only: word } });
    const { seconds = '60', seed = String(Math.floor(Math.random() * 1e6)), only = '' } = values;
    const chosen = entries.filter(({ name }) => name.includes(only));
    if (Number(seconds) >= 5 && Number.isInteger(Number(seed)) && chosen.length > 0)
      return { seconds: Number(seconds), seed: Number(seed), chosen };
  } catch {
    // Answered as the others are.
  }
  console.error(usage);
  process.exit(2);
}

/** The table and the faults must speak of the same. */
function checkTable(): void {
  const table = readTable();
  const others = [nothing, severalAddresses, restarted, outOfTime].map((row) => ({ name: row, row, ways }));
  const rows = [...faults, ...others, { name: idleTotals, row: idleTotals, ways: ['node:http'] as const }];
  const held = new Set<string>();
  for (const { name, row, ways: used } of rows) {
    for (const way of used) {
      // Where the way is not in the row, its faults are not made; but one row at least has to be there.
      if (table.get(row)?.has(way) !== true)
        throw new Error(`docs/delivery.md says nothing of ${name} by ${way}: ${row}`);
      held.add(`${row} ${way}`);
    }
  }
  for (const [row, cells] of table)
    for (const way of cells.keys())
      if (!held.has(`${row} ${way}`))
        throw new Error(`nothing here checks what docs/delivery.md says of ${way}: ${row}`);
}

const { seconds, seed, chosen } = given();
checkTable();
console.log(`${chosen.length} backends, two flushers each, ${seconds} s, seed ${seed}`);

const progress = new Map<string, Exclude<Told, Ran>>();

/** Runs the backends of one runtime in a process of their own. */
function run(runtime: string, names: readonly string[], extra: readonly string[]): Promise<Ran> {
  const child = fork(
    fileURLToPath(new URL('run.ts', import.meta.url)),
    [JSON.stringify(names), String(seconds), String(seed)],
    {
      execArgv: [...process.execArgv, ...extra],
      serialization: 'advanced',
      env: {
        ...process.env,
        // What fetch is told of a CA.
        NODE_EXTRA_CA_CERTS: fileURLToPath(new URL('../test/golden/tls/ca.pem', import.meta.url)),
      },
    },
  );
  return new Promise((resolve, reject) => {
    let ran: Ran | undefined;
    child.on('message', (told: Told) => {
      if ('counts' in told) ran = told;
      else progress.set(runtime, told);
    });
    child.once('close', (code) =>
      ran ? resolve(ran) : reject(new Error(`${runtime}: ended early, with ${code}`)),
    );
  });
}

const begun = Date.now();
const timer = setInterval(() => {
  const [passes, made, wrong] = (['passes', 'faults', 'violations'] as const).map((what) =>
    [...progress.values()].reduce((sum, told) => sum + told[what], 0),
  );
  console.log(
    `${Math.round((Date.now() - begun) / 1000)} s: ${passes} passes, ${made} faults, ${wrong} violations`,
  );
}, 5000);

const namesOf = (fetching: boolean): string[] =>
  chosen.filter(({ way }) => (way === 'fetch') === fetching).map(({ name }) => name);
const without = `--import=${new URL('without-node-http.mjs', import.meta.url).href}`;
const runs = [
  { runtime: 'Node.js', names: namesOf(false), extra: [] },
  { runtime: 'without node:http', names: namesOf(true), extra: [without] },
];
const all = await Promise.all(
  runs.filter(({ names }) => names.length > 0).map(({ runtime, names, extra }) => run(runtime, names, extra)),
);
clearInterval(timer);
const counts = all.flatMap((ran) => ran.counts);
const violations = all.flatMap((ran) => ran.violations);
console.log(`\n${byFault(counts)}\n\n${byBackend(counts)}\n\n${excuses(counts)}`);
console.log(`\n${missing(counts)}`);
console.log(`clock set ${counts.reduce((sum, { clockSteps }) => sum + clockSteps, 0) / 2} times`);
if (violations.length > 0) {
  console.error(`\nDoes not hold, with --seed ${seed}:\n${listed(violations)}`);
  process.exitCode = 1;
} else {
  console.log('\nEvery number is accounted for, and every outcome is as docs/delivery.md says.');
}
