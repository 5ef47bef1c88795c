import { Counter, Histogram, Registry } from 'prom-client';

/** What is compared by requests and their latencies has these in prom-client; its own buckets are the usual eleven. */
export function promClient() {
  const registry = new Registry();
  const [help, registers] = ['Help.', [registry]];
  return {
    registry,
    requests: new Counter({ name: 'requests_total', help, labelNames: ['route', 'status'], registers }),
    latency: new Histogram({ name: 'latency_seconds', help, labelNames: ['route'], registers }),
  };
}
