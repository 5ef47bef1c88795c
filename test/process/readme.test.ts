// The README's tour is one program: it has to compile, to run, and to print what its comments say.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeTypes, Project, root, withTypeScript } from './project.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const tour = [...readme.matchAll(/^```ts\n(.+?)^```$/gms)].map(([, code]) => code).join('\n');

/** What the comments say is printed: behind a `console.log` on its line, or on lines of their own after a block. */
function printed(code: string): string[] {
  const expected: string[] = [];
  for (const line of code.split('\n')) {
    const said = /^(?:\s*console\.log\(.*\);)? ?\/\/ (.+)$/.exec(line)?.[1];
    if (said !== undefined) expected.push(said);
  }
  return expected;
}

/** In place of a broker: keeps what it is sent. */
const bodies: string[] = [];
const broker = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    bodies.push(body);
    response.end('{"stats":1}');
  });
});

let project: Project;
beforeAll(async () => {
  project = await Project.withPackage();
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  project.remove();
  broker.close();
});

describe('the tour', () => {
  it('compiles as it stands', async () => {
    project.write({ 'tour.mts': tour });
    const options = { ...nodeTypes, lib: ['es2023', 'dom', 'esnext.disposable'] };
    expect(await project.compile(['tour.mts'], options)).toBe('');
  });

  it('runs, and prints what it says', async () => {
    const url = 'https://broker.example.com:43191/module/httptrap/<uuid>/<secret>';
    const { port } = broker.address() as AddressInfo;
    expect(tour.split(url)).toHaveLength(2);
    const ca = readFileSync(join(root, 'test/golden/tls/ca.pem'), 'utf8');
    project.write({
      'broker-ca.pem': ca,
      'run.mts': tour.replace(url, `http://127.0.0.1:${port}/module/httptrap/uuid/secret`),
    });
    const { code, stdout, stderr } = await project.node(...withTypeScript, 'run.mts');
    expect([code, stderr]).toEqual([0, '']);
    expect(printed(tour).length).toBeGreaterThan(10);
    expect(stdout.trimEnd().split('\n')).toEqual(printed(tour));

    expect(bodies).toHaveLength(2);
    const last = JSON.parse(bodies[1] ?? '') as Record<string, { _type: string; _value: string }>;
    expect(last['api`calls|ST[app:shop,subsystem:api,units:requests]']).toMatchObject({
      _type: 'L',
      _value: '7',
    });
    expect(last['api`offset|ST[app:shop,subsystem:api]']).toMatchObject({
      _type: 'l',
      _value: '9007199254740993',
    });
  });
});

describe('the documents', () => {
  it.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])(
    '%s links to what is there',
    (name) => {
      const text = readFileSync(join(root, name), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(() => readFileSync(join(root, target)), target).not.toThrow();
      }
    },
  );

  it.each(['README.md', 'CONTRIBUTING.md'])('%s speaks of scripts that exist', (name) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const text = readFileSync(join(root, name), 'utf8');
    for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g))
      expect(Object.keys(scripts)).toContain(script);
  });
});
