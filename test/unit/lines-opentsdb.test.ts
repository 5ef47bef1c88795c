// OpenTSDB's lines and documents, and what its replies mean.
import type { Recorder } from 'circmetrics';
import { MetricsError } from 'circmetrics';
import { opentsdb } from 'circmetrics/opentsdb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/backends/opentsdb/judge.js';
import { seed } from '../seed.js';
import { sample, written } from './written.js';

const url = 'http://127.0.0.1:4242';
const statistics = ['count', 'sum', 0.5] as const;
const machine = (text: string): string => text.replace(/host=\S+/g, 'host=h');

describe('points', () => {
  it('are lines by telnet', () => {
    const { bodies, dropped } = written(opentsdb({ statistics, prefix: 'web1' }), sample);
    expect(machine(bodies.join(''))).toBe(
      [
        'put web1.app.http.requests 1700000000 7 method=GET',
        'put web1.app.queue.depth 1700000000 -3.5 host=h',
        'put web1.app.db.query.count 1700000000 1 host=h',
        'put web1.app.db.query.sum 1700000000 0.0125 host=h',
        'put web1.app.db.query.p50 1700000000 0.0125 host=h',
        'put web1.app.idle 1700000000 0 host=h',
        'put web1.app.wide 1700000000 -9223372036854775808.0 host=h',
        '',
      ].join('\n'),
    );
    expect(dropped).toEqual({ version: 'unsupported' });
  });

  it('are objects by HTTP, with integers of any size', () => {
    const { bodies } = written(opentsdb({ url, statistics }), (recorder) => {
      recorder.counter('c', { tags: { route: '/a b', empty: '', two: ['x', 'y'] } }).add(7);
      recorder.gauge('g', { type: 'int64' }).set(2n ** 53n + 1n);
      recorder.gauge('u', { type: 'uint64' }).set(2n ** 64n - 1n);
      recorder.gauge('tiny').set(5e-7);
      recorder.gauge('huge').set(1e21);
    });
    expect(machine(bodies.join('').replace(/"host":"[^"]*"/g, '"host":"h"'))).toBe(
      `[${[
        '{"metric":"c","timestamp":1700000000123,"tags":{"empty":"_","route":"/a_b","two":"x/y"},"value":7}',
        '{"metric":"g","timestamp":1700000000123,"tags":{"host":"h"},"value":9007199254740993}',
        '{"metric":"u","timestamp":1700000000123,"tags":{"host":"h"},"value":18446744073709551615.0}',
        '{"metric":"tiny","timestamp":1700000000123,"tags":{"host":"h"},"value":0.0000005}',
        '{"metric":"huge","timestamp":1700000000123,"tags":{"host":"h"},"value":1000000000000000000000.0}',
      ].join(',')}]`,
    );
  });

  it('have their times in seconds or milliseconds', () => {
    const fill = (recorder: Recorder): void => recorder.counter('c').add(1);
    const time = (options: Parameters<typeof opentsdb>[0]) =>
      /\b17\d+/.exec(written(opentsdb(options), fill).bodies.join(''))?.[0];
    expect([time({}), time({ precision: 'ms' })]).toEqual(['1700000000', '1700000000123']);
    expect([time({ url }), time({ url, precision: 's' })]).toEqual(['1700000000123', '1700000000']);
  });

  it('have eight tags at most, unless the server takes more', () => {
    const fill = (recorder: Recorder): void => {
      const tags = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`t${i}`, 'v']));
      recorder.counter('c', { tags }).add(1);
    };
    expect(written(opentsdb(), fill).dropped).toEqual({ c: 'too_many_tags' });
    expect(written(opentsdb({ maxTags: 9 }), fill).bodies).toHaveLength(1);
  });

  it.each([
    { url, host: 'x' },
    { url, port: 1 },
    { headers: {} },
    { url: 'tsdb:4242' },
    { url: 'http://user:pass@tsdb' },
    { maxTags: 0 },
    { statistics: [] },
  ])('are refused with %j', (options) => {
    expect(() => opentsdb(options as never)).toThrow(MetricsError);
  });

  it('cannot be forged, whatever names and tags hold', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(' ', '=', '\n', '\r', '"', '\\', ',', 'é', 'a', '1'), minLength: 1 }),
    );
    const line = /^put ([\p{L}0-9\-_./]+) (\d{10}) (-?[\d.]+)((?: [\p{L}0-9\-_./]+=[\p{L}0-9\-_./]+){1,8})$/u;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(hostile, fc.array(fc.tuple(hostile, hostile), { maxLength: 4 }), fc.nat(1000)), {
          maxLength: 6,
        }),
        (all) => {
          const fill = (recorder: Recorder): void => {
            for (const [name, tags, n] of all) {
              try {
                recorder.counter(name, { tags: Object.fromEntries(tags) }).add(n);
              } catch {
                // The name is taken.
              }
            }
          };
          const { bodies, snapshot } = written(opentsdb(), fill);
          const lines = bodies.flatMap((body) => body.split('\n')).filter((one) => one !== '');
          const { bodies: documents } = written(opentsdb({ url }), fill);
          const objects = documents.flatMap(
            (body) => JSON.parse(body) as { metric: string; tags: object; value: number }[],
          );
          for (const one of lines) expect(one).toMatch(line);
          // The same points by both, each of them once.
          const identity = lines.map((one) => one.replace(/ \d{10} \S+/, ''));
          expect(new Set(identity).size).toBe(lines.length);
          expect(objects.map(({ value }) => value)).toEqual(lines.map((one) => Number(line.exec(one)?.[3])));
          expect(lines.length).toBeLessThanOrEqual(snapshot.samples.length);
        },
      ),
      { seed, numRuns: 300 },
    );
  });
});

describe('a reply', () => {
  const reply = (status: number, body: unknown) =>
    judge({ status, text: typeof body === 'string' ? body : JSON.stringify(body), retryAfter: undefined });
  const errors = [{ datapoint: { metric: 'c' }, error: 'Unable to parse value to a number' }];

  it('says how many points were refused, of which the others are stored', () => {
    expect(reply(204, '')).toEqual({ outcome: 'delivered' });
    expect(reply(200, { success: 3, failed: 0, errors: [] })).toMatchObject({ outcome: 'delivered' });
    for (const success of [0, 4]) {
      expect(reply(400, { success, failed: 2, errors })).toEqual({
        outcome: 'delivered',
        code: 'partial',
        rejected: 2,
        message: `the server refused 2 of ${success + 2} points; the first: c: Unable to parse value to a number`,
        reply: { success, failed: 2, error: 'c: Unable to parse value to a number' },
      });
    }
  });

  it('of a server that is too busy, or has a proxy before it, says what may have arrived', () => {
    const busy = [{ datapoint: { metric: 'c' }, error: 'Please throttle writes' }];
    expect(reply(400, { success: 0, failed: 2, errors: busy })).toMatchObject({ outcome: 'failed' });
    expect(reply(503, { success: 0, failed: 2, errors })).toMatchObject({ outcome: 'failed', code: '503' });
    expect(reply(502, '')).toMatchObject({ outcome: 'unknown' });
    expect(reply(400, 'Chunked request not supported')).toMatchObject({
      outcome: 'rejected',
      message: expect.stringContaining('maxPayloadBytes'),
    });
  });
});
