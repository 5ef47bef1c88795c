// Who may read what pull backends serve.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../seed.js';
import { type Ask, cases, marker, recorderOf } from './endpoints.js';

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe.each(cases)('%s', (name, make, serve) => {
  it('makes up what it is not given, and lets in whoever knows it', async () => {
    const made = make(recorderOf(1), {});
    const { path = '', user = '', password = '', token } = made.describe();
    expect([path, user, password].every((text) => text.length >= 24)).toBe(true);
    expect(token).toBeUndefined();
    expect(make(recorderOf(1), {}).describe()).not.toEqual(made.describe());
    const ask = await serve(made);
    const authorization = basic(user, password);
    expect((await ask({ target: path, headers: { authorization } })).status).toBe(200);
    const without = await ask({ target: path });
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="metrics", charset="UTF-8"',
    ]);
    expect((await ask({ target: '/', headers: { authorization } })).status).toBe(404);
    expect((await ask({ target: path, method: 'POST', headers: { authorization } })).status).toBe(405);
    expect(made.status()).toMatchObject({ scrapes: 1, refused: { 401: 1, 404: 1, 405: 1 } });
  });

  it('takes a token, and beside it a user where there is one', async () => {
    const only = await serve(make(recorderOf(1), { path: false, token: 'abc.DEF=' }));
    const asked = async (ask: Ask, authorization: string): Promise<number> =>
      (await ask({ target: '/any', headers: { authorization } })).status;
    expect(await asked(only, 'Bearer abc.DEF=')).toBe(200);
    expect(await asked(only, 'bearer abc.DEF=')).toBe(200);
    expect(await asked(only, 'Basic abc.DEF=')).toBe(401);
    expect(await asked(only, 'Bearer abc.DEF')).toBe(401);
    expect(await asked(only, 'Bearer ')).toBe(401);
    const both = await serve(make(recorderOf(1), { path: false, token: 't', user: 'ü', password: 'a:b' }));
    expect(await asked(both, 'Bearer t')).toBe(200);
    expect(await asked(both, basic('ü', 'a:b'))).toBe(200);
    expect(await asked(both, basic('ü:a', 'c'))).toBe(401);
    const { headers } = await both({ target: '/' });
    expect(headers.get('www-authenticate')).toBe(
      'Basic realm="metrics", charset="UTF-8", Bearer realm="metrics"',
    );
  });

  it('shows nothing to whoever does not know what opens it, whatever they ask', async () => {
    const access = { path: '/m/secret', user: 'reader', password: 'pass', token: 'tok' };
    const made = make(recorderOf(1), access);
    const ask = await serve(made);
    const right = new Set([basic('reader', 'pass'), 'Bearer tok']);
    const target = fc.oneof(
      fc.constant('/m/secret'),
      fc.constantFrom(
        '/m/secret?name[]=only_for_readers_total',
        '/m/secret/',
        '/m/secre',
        '/m/secretx',
        '//m/secret',
        '/M/SECRET',
        '/',
        '/m/%73ecret',
      ),
      fc
        .string({ unit: fc.constantFrom('/', 'm', 's', '.', '%', '?', '&', '=', '[', '-'), maxLength: 20 })
        .map((text) => `/${text}`),
    );
    const authorization = fc.oneof(
      fc.constantFrom(...right),
      fc.constantFrom(
        basic('reader', ''),
        basic('', 'pass'),
        basic('reader', 'pas'),
        basic('reader', 'passx'),
        basic('READER', 'pass'),
      ),
      fc.constantFrom(
        'Bearer to',
        'Bearer tokk',
        'Bearer',
        'Basic',
        'Basic tok',
        'tok',
        '',
        ' ',
        'Bearer tok, Bearer x',
        'Digest tok',
      ),
      fc.string({
        unit: fc.constantFrom('B', 'a', 's', 'i', 'c', ' ', '=', 't', 'o', 'k', 'é'),
        maxLength: 30,
      }),
    );
    const method = fc.oneof(
      fc.constant('GET'),
      fc.constantFrom('HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE', 'PROPFIND'),
    );
    const extra = fc.dictionary(
      fc.constantFrom(
        'accept',
        'accept-encoding',
        'x-forwarded-for',
        'x-original-url',
        'cookie',
        'range',
        'if-none-match',
      ),
      fc.string({
        unit: fc.constantFrom(
          '*',
          '/',
          ';',
          'q',
          '=',
          '0',
          ',',
          'gzip',
          'text',
          'application/openmetrics-text',
          ' ',
          '"',
        ),
        maxLength: 12,
      }),
    );
    await fc.assert(
      fc.asyncProperty(method, target, authorization, extra, async (method, target, authorization, extra) => {
        const { status, text } = await ask({ method, target, headers: { ...extra, authorization } });
        const path = new URL(`http://localhost${target}`).pathname;
        // Node's server sees the target as it was sent; fetch's convention has it normalized before.
        const known =
          target.split('?')[0] === access.path || (name.endsWith('fetch') && path === access.path);
        const opened = known && right.has(authorization.trim());
        const expected = method !== 'GET' && method !== 'HEAD' ? 405 : !known ? 404 : opened ? 200 : 401;
        expect([status, text.includes(marker)]).toEqual([expected, expected === 200 && method === 'GET']);
      }),
      { seed, numRuns: 300 },
    );
    expect(made.status().broken).toBe(0);
  });
});
