/**
 * The demo's own book-keeping, in plain maps and beside the library: what the service recorded, so that in the
 * end it can be compared with what arrived.
 */
export interface Tally {
  /** Requests answered, by route and status. */
  readonly requests: Map<string, { readonly route: string; readonly status: string; count: number }>;
  /** Samples recorded in the histograms of each route. */
  readonly samples: Map<string, { latencies: number; sizes: number }>;
  /** Requests begun and not yet answered. */
  inFlight: number;
  version: string;
}

export const newTally = (): Tally => ({ requests: new Map(), samples: new Map(), inFlight: 0, version: '' });

export function countRequest(tally: Tally, route: string, status: string): void {
  const key = `${route} ${status}`;
  const entry = tally.requests.get(key) ?? { route, status, count: 0 };
  entry.count += 1;
  tally.requests.set(key, entry);
}

export function countSample(tally: Tally, route: string, kind: 'latencies' | 'sizes'): void {
  const entry = tally.samples.get(route) ?? { latencies: 0, sizes: 0 };
  entry[kind] += 1;
  tally.samples.set(route, entry);
}
