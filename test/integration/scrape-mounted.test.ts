// Where hosts mount what is scraped: a real Fastify, and the mistakes that are made elsewhere.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MetricsError } from 'circmetrics';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { backends, marker, recorderOf, servers } from './endpoints.js';

const apps: FastifyInstance[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

/** A Fastify application, listening; and where. */
async function listening(fill: (app: FastifyInstance) => void): Promise<string> {
  const app = fastify({ forceCloseConnections: true });
  apps.push(app);
  fill(app);
  return app.listen({ port: 0, host: '127.0.0.1' });
}

describe.each(backends)('%s in Fastify', (_, make) => {
  it.each([1, 20_000])('answers with the document of %i series', async (series) => {
    const made = make(recorderOf(series), false);
    const origin = await listening((app) => {
      app.get('/metrics', (request, reply) => made.handler(request, reply));
    });
    const reply = await fetch(`${origin}/metrics`);
    const text = await reply.text();
    expect([reply.status, text.split(marker).length - 1]).toEqual([
      200,
      text.includes('# TYPE') ? series + 3 : series,
    ]);
    const head = await fetch(`${origin}/metrics`, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('content-type')]).toEqual([
      200,
      '',
      reply.headers.get('content-type'),
    ]);
    expect(made.status()).toMatchObject({ scrapes: 1, broken: 0 });
  });

  it('keeps what its hooks set, runs them, and knows paths below a prefix', async () => {
    const made = make(recorderOf(1), { path: '/deep/secret', token: 't' });
    const seen: number[] = [];
    const origin = await listening((app) => {
      app.addHook('onRequest', async (request, reply) => {
        reply.header('x-request', request.id);
      });
      app.addHook('onResponse', async (_, reply) => {
        seen.push(reply.raw.statusCode);
      });
      app.register(
        async (inner) => {
          inner.get('/*', async (request, reply) => made.handler(request, reply));
        },
        { prefix: '/deep' },
      );
    });
    const ask = (path: string, authorization = '') =>
      fetch(`${origin}${path}`, { headers: { authorization } });
    const replies = [
      await ask('/deep/secret'),
      await ask('/deep/other', 'Bearer t'),
      await ask('/deep/secret', 'Bearer t'),
    ];
    for (const reply of replies) await reply.text();
    expect(replies.map(({ status }) => status)).toEqual([401, 404, 200]);
    for (const { headers } of replies) expect(headers.get('x-request')).toMatch(/^req-/);
    await expect.poll(() => seen).toEqual([401, 404, 200]);
  });
});

describe.each(backends)('%s mounted wrongly', (name, make) => {
  const made = make(recorderOf(1), false);
  const { handler, fetch: answer } = made as unknown as Record<string, (...given: unknown[]) => unknown>;
  const koa = { req: {}, res: {}, request: {}, response: {}, headers: {} };
  const hono = { req: { raw: new Request('http://localhost/') } };

  it.each([
    ['nothing', []],
    ['Koa’s context', [koa]],
    ['Koa’s request and response', [{ headers: {} }, { body: '' }]],
    ['Hono’s context', [hono]],
    ['a Request', [new Request('http://localhost/')]],
    ['a request alone', [{ method: 'GET', url: '/', headers: {} }]],
  ])('says what to write where its handler is given %s', (_, given) => {
    expect(() => handler?.(...given)).toThrow(MetricsError);
    expect(() => handler?.(...given)).toThrow(`${name}: handler takes`);
    expect(() => handler?.(...given)).toThrow('scrape.handler(ctx.req, ctx.res)');
  });

  it.each([
    ['nothing', []],
    ['Hono’s context', [hono]],
    ['Node’s request', [{ method: 'GET', url: '/', headers: {} }, {}]],
  ])('says what to write where its fetch is given %s', (_, given) => {
    expect(() => answer?.(...given)).toThrow(MetricsError);
    expect(() => answer?.(...given)).toThrow('scrape.fetch(c.req.raw)');
  });

  it('works as the message says', async () => {
    const server = createServer((req, res) => {
      const ctx = { req, res };
      void made.handler(ctx.req, ctx.res);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await reply.text()).toContain(marker);
    expect(await (await made.fetch(hono.req.raw)).text()).toContain(marker);
  });
});
