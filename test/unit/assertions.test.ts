// What no test may ask for, because it always holds.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where `toMatchObject` is given an empty object, which every object matches. */
function empties(path: string, text: string): string[] {
  if (!/\btoMatchObject\b/.test(text) || !text.includes('{}')) return [];
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node, matched: boolean): void => {
    if (matched && ts.isObjectLiteralExpression(node) && node.properties.length === 0)
      found.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    const matches =
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'toMatchObject';
    ts.forEachChild(node, (child) =>
      visit(child, (matched || matches) && !(matches && child === node.expression)),
    );
  };
  visit(file, false);
  return found;
}

it('asks of no object to match an empty one, because all do', () => {
  const paths = (readdirSync(root, { recursive: true }) as string[]).filter((path) => path.endsWith('.ts'));
  expect(paths.length).toBeGreaterThan(80);
  expect(paths.flatMap((path) => empties(path, readFileSync(`${root}/${path}`, 'utf8')))).toEqual([]);
  const bad = 'expect({ a: {} }).toMatchObject({ a: 1, b: [{ c: {} }] });\nexpect(x).toMatchObject({});';
  expect(empties('x.ts', bad)).toEqual(['x.ts:1', 'x.ts:2']);
});
