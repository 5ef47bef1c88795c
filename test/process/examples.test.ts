// Each example, run as its first lines say; and the quick start pasted into an empty project.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { converse, describeWith } from '../integration/peers.js';
import { type Ended, nodeTypes, Project, root, run, withTypeScript } from './project.js';

const example = (name: string): Promise<Ended> =>
  run(process.execPath, ['--import', 'tsx', `examples/${name}.ts`], { cwd: root });

/** What the quick start prints. */
const quickStart = new RegExp(
  [
    String.raw`^20 answers, 99 in 100 of them within \d+\.\d ms`,
    '',
    'PUT /module/httptrap/00000000-0000-4000-8000-000000000000/secret',
    String.raw`api.latency\|ST\[app:shop,units:seconds\] \{"_type":"H","_ts":\d{13},"_value":"[\w+/=]+"\}`,
    String.raw`api.queue\|ST\[app:shop\] \{"_type":"n","_ts":\d{13},"_value":"0"\}`,
    String.raw`api.heap\|ST\[app:shop,units:bytes\] \{"_type":"n","_ts":\d{13},"_value":"\d+"\}`,
    String.raw`api.version\|ST\[app:shop\] \{"_type":"s","_ts":\d{13},"_value":"v1.9.2"\}`,
    String.raw`api.requests\|ST\[app:shop,route:/items,status:200,units:requests\] \{.+"_value":"20"\}`,
    String.raw`api.requests\|ST\[app:shop,route:/items,status:503,units:requests\] \{.+"_value":"1"\}`,
    '',
    String.raw`6 metrics delivered, in \d+ bytes\n$`,
  ].join('\n'),
);

describe.concurrent('the examples', () => {
  it('are all run by this test', () => {
    expect(readdirSync(join(root, 'examples')).sort()).toEqual([
      'custom-backend.ts',
      'graceful-shutdown.ts',
      'hot-loop.ts',
      'http-service.ts',
      'process-metrics.ts',
      'prometheus.ts',
      'quick-start.ts',
      'testing-your-metrics.ts',
      'two-backends.ts',
      'worker-pool.ts',
      'workers',
    ]);
  });

  it('quick start', async () => {
    const { code, stdout, stderr } = await example('quick-start');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(quickStart);
  });

  it('graceful shutdown', async () => {
    expect(await example('graceful-shutdown')).toMatchObject({
      code: 0,
      stdout: 'arrived: 3 requests\n',
      stderr: '',
    });
  });

  it('testing your metrics', async () => {
    const { code, stdout } = await example('testing-your-metrics');
    expect(stdout).toMatch(/(ok 1 -|✔) orders are counted by result, and timed/);
    expect(code).toBe(0);
  });

  it('prometheus', async () => {
    const { code, stdout, stderr } = await example('prometheus');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('401 Bearer realm="metrics"');
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE api_latency_seconds histogram',
        'api_latency_seconds_count{app="shop"} 3',
        'api_version_info{app="shop",version="v1.9.2"} 1',
        'api_requests_total{app="shop",route="/",status="200"} 3',
        '# EOF',
      ]),
    );
    expect(
      Object.keys(JSON.parse(lines.find((line) => line.startsWith('{')) ?? '') as object).sort(),
    ).toEqual([
      'api`latency|ST[app:shop,units:seconds]',
      'api`requests|ST[app:shop,route:/,status:200]',
      'api`version|ST[app:shop]',
    ]);
  });

  it('process metrics', async () => {
    const { code, stdout, stderr } = await example('process-metrics');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^whoever came in [1-9]\d? % of the time waited 100 ms or longer\n/);
    expect(stdout).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
    expect(stdout).toMatch(/^nodejs_version_info\{major="\d+",minor="\d+",patch="\d+",version="v.+"\} 1$/m);
  });

  it('HTTP service', async () => {
    const { code, stdout, stderr } = await example('http-service');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'http_requests_total{route="/items",service="shop",status="2xx"} 20',
        'http_requests_total{route="/items",service="shop",status="5xx"} 0',
        'http_requests_total{route="other",service="shop",status="4xx"} 10',
        'http_response_size_bytes_count{service="shop"} 50',
        'http_open_requests{service="shop"} 0',
        'http_duration_seconds_count{route="/items/:id",service="shop"} 20',
      ]),
    );
    expect(stdout).toMatch(/\n\n20 samples {2}mean [\d.]+ m?s {2}.+\n[\s\S]+◂ p50/);
  });

  it('hot loop', async () => {
    const { code, stdout, stderr } = await example('hot-loop');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^the work alone: +[\d.]+ ns a round\nwith three handles: +[\d.]+ ns\n/);
    expect(stdout).toMatch(/\n30,000,000 lines\n30,000,000 samples /);
  });

  it('two backends', async () => {
    const { code, stdout, stderr } = await example('two-backends');
    expect([code, stderr]).toEqual([0, '']);
    const of = (whose: string): string[] =>
      stdout.split('\n').filter((line) => line.startsWith(`  ${whose}`));
    expect(of('daemon')).toEqual(['  daemon: +3, so 3', '  daemon: +4, so 7', '  daemon: +5, so 12']);
    expect(of('broker')).toEqual(['  broker: 3', '  broker: 12', '  broker: 12']);
    expect(stdout).toContain('! Flushing to circonus failed: the server answered 503 (503)');
    expect(stdout).toContain('\nordered 12, at the daemon 12, at the broker 12\n');
  });

  it('worker pool', async () => {
    const { code, stdout, stderr } = await example('worker-pool');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('900 orders have a price');
    expect(lines).toEqual(
      expect.arrayContaining([
        'prices_orders_total{app="shop",result="ok"} 900',
        'prices_orders_total{app="shop",result="RangeError"} 100',
        'prices_took_seconds_count{app="shop"} 1000',
        'waiting{app="shop"} 0',
      ]),
    );
  });

  it('custom backend', async () => {
    const { code, stdout, stderr } = await example('custom-backend');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines).toEqual([
      'first pass: delivered, dropped {"unsupported":1}',
      expect.stringMatching(/^! Flushing to file at .+metrics\.txt failed: ENOENT: .+$/),
      'second pass: failed, dropped {"unsupported":1}',
      expect.stringMatching(/^! Flushing to file at .+metrics\.txt works again/),
      'third pass: delivered, dropped {"unsupported":1}',
      '',
      'calls{app=shop} 3',
      'size{app=shop} [H[5.1e+02]=1]',
      // 4 and 5, though the pass between them failed.
      'calls{app=shop} 9',
      'size{app=shop} [H[2.0e+03]=2]',
      // Closing makes a last pass.
      'calls{app=shop} 0',
      'size{app=shop} []',
      '',
      '',
    ]);
  });
});

describeWith(['promtool'], 'prometheus', 'what each example has recorded, as text for Prometheus', () => {
  const files = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'));
  const names = files.map((file) => file.replace(/\.ts$/, ''));

  it.each(names)('%s: promtool finds nothing in it', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'circmetrics-rendered-'));
    try {
      const args = ['--import', './test/process/render.mjs', '--import', 'tsx', `examples/${name}.ts`];
      const { code } = await run(process.execPath, args, { cwd: root, env: { RENDERED: folder } });
      expect(code).toBe(0);
      const documents = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
      expect(documents.join('').match(/^# TYPE /gm)?.length).toBeGreaterThan(0);
      for (const document of documents) {
        expect(await converse('promtool', ['check', 'metrics'], document)).toEqual({
          code: 0,
          stdout: '',
          stderr: '',
        });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the quick start, pasted into an empty project', () => {
  const text = readFileSync(join(root, 'examples/quick-start.ts'), 'utf8');
  let project: Project;
  beforeAll(async () => {
    project = await Project.withPackage();
  });
  afterAll(() => project.remove());

  it('runs as TypeScript, with all of the compiler’s strictness', async () => {
    project.write({ 'quick-start.mts': text, 'quick-start.ts': text });
    expect(await project.compile(['quick-start.mts', 'quick-start.ts'], nodeTypes)).toBe('');
    const { code, stdout, stderr } = await project.node(...withTypeScript, 'quick-start.ts');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(quickStart);
  });

  it('runs as JavaScript', async () => {
    project.write({ 'quick-start.mjs': text });
    const { code, stdout, stderr } = await project.node('quick-start.mjs');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(quickStart);
  });
});
