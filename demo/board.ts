import type { WriteStream } from 'node:tty';
import { arrivals, currentValue, type Metrics, type Totals, totals } from './arrivals.js';
import { routes } from './routes.js';
import { coloured, plain, table } from './table.js';
import type { Push, Trap } from './trap/trap.js';

/** A pass may arrive as several pushes; this long after the first, in milliseconds, it is shown. */
const TOGETHER = 50;

/** Shows what has arrived, after each pass; returns a function that ends this and shows the whole run. */
export function showBoard(trap: Trap, out: WriteStream): () => void {
  const { NO_COLOR } = process.env;
  const style = out.isTTY && !NO_COLOR ? coloured : plain;
  const names = routes.map(({ route }) => route);
  const begun = { ...totals(trap.metrics()), at: Date.now() };
  let before = begun;
  let pushes = 0;
  let latest: Push | undefined;
  let due: NodeJS.Timeout | undefined;
  let drawn = 0;

  function show(title: string, span: string, since: Totals): void {
    const metrics = trap.metrics();
    const lines = table(title, span, arrivals(metrics, names, since), footer(metrics, latest, pushes), style);

    // On a terminal with room for it, each table takes the place of the one before.
    const fits = out.isTTY && out.columns >= 80 && out.rows > lines.length + 1;
    if (fits && drawn > 0) out.write(`\r\x1b[${drawn}A\x1b[J`);
    drawn = lines.length + 1;
    out.write(`${lines.join('\n')}\n\n`);
  }

  function showSecond(): void {
    due = undefined;
    const now = totals(trap.metrics());
    show(`second ${Math.round((now.at - begun.at) / 1000)}`, 'last second', before);
    before = now;
  }

  const end = trap.onPush((push) => {
    pushes += 1;
    latest = push;
    due ??= setTimeout(showSecond, TOGETHER);
  });
  return () => {
    end();
    clearTimeout(due);
    show('in the end', 'whole run', begun);
  };
}

function footer(metrics: Metrics, latest: Push | undefined, pushes: number): string {
  if (latest === undefined) return 'nothing has arrived';
  const megabytes = Number(currentValue(metrics, 'process`heap') ?? 0) / 1e6;
  return [
    `${currentValue(metrics, 'version') ?? '?'}`,
    `${currentValue(metrics, 'http`in_flight') ?? '?'} in flight`,
    `heap ${megabytes.toFixed(0)} MB`,
    `push ${pushes}: ${latest.stats} values in ${(latest.bytes / 1000).toFixed(1)} kB, ${latest.filtered} left out`,
  ].join(' · ');
}
