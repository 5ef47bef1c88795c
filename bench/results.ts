// What a run of all benches leaves behind.
import { writeFileSync } from 'node:fs';
import type { Outcome, Section } from './harness.js';

const preface = `# Results of \`npm run bench\`

Written by the run; nothing here is edited by hand. Times are medians of several rounds in which the parties take turns;
± is half of what the middle half of the rounds spans. A ratio is the median of the ratios within a round, so that
whatever else the machine did hit both alike: ratios can be compared between machines, times cannot. Where a line says
\`at most\` or \`at least\`, that is promised, and \`ok\` or \`OVER\` says whether it held. All inputs are computed before
the clock runs, and what each party recorded is checked afterwards. Each section is a process of its own.`;

export function writeResults(machine: string, outcomes: readonly Outcome[]): void {
  const parties = new Map(outcomes.flatMap(({ parties }) => parties));
  const broken = outcomes.reduce((sum, outcome) => sum + outcome.broken, 0);
  const versions = [...parties]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, version]) => `${name} ${version}`);
  const verdict = broken === 0 ? 'Every promise holds.' : `${broken} promises are broken.`;
  const text = [
    preface,
    `${machine}. With ${versions.join(', ')}.`,
    verdict,
    ...outcomes.map(({ section }) => textOf(section)),
  ].join('\n\n');
  writeFileSync(new URL('RESULTS.md', import.meta.url), `${text}\n`);
}

function textOf({ title, remarks, lines }: Section): string {
  const figures = lines.join('\n').replace(/^\n+|\n+$/g, '');
  return [`## ${title}`, ...(remarks === '' ? [] : [remarks]), `\`\`\`text\n${figures}\n\`\`\``].join('\n\n');
}
