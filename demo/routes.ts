/** What the shop serves, how often it is asked for, and how it behaves. */
export interface Route {
  /** The pattern, never the address itself: an address for every item would be a series for every item. */
  readonly route: string;
  readonly method: 'GET' | 'POST';
  /** An address that fits the pattern. */
  readonly address: (id: number) => string;
  /** Its part of the load, in percent. */
  readonly share: number;
  /** The work of one request: median in milliseconds, and how far it scatters. */
  readonly work: { readonly median: number; readonly spread: number };
  /** One in so many requests has to wait for something slow. */
  readonly slowOneIn: number;
  /** The part of the requests that fails, 0 to 1, and the status it fails with. */
  readonly failures: { readonly rate: number; readonly status: number };
  /** The status of the others. */
  readonly status: number;
  /** Median of the answer's size in bytes. */
  readonly bytes: number;
}

const none = { rate: 0, status: 500 };

export const routes: readonly Route[] = [
  {
    route: '/',
    method: 'GET',
    address: () => '/',
    share: 40,
    work: { median: 3, spread: 0.4 },
    slowOneIn: 500,
    failures: none,
    status: 200,
    bytes: 6_000,
  },
  {
    route: '/items/{id}',
    method: 'GET',
    address: (id) => `/items/${id}`,
    share: 30,
    work: { median: 8, spread: 0.5 },
    slowOneIn: 150,
    failures: { rate: 0.002, status: 500 },
    status: 200,
    bytes: 2_500,
  },
  {
    route: '/search',
    method: 'GET',
    address: (id) => `/search?q=shoe+${id}`,
    share: 17,
    work: { median: 30, spread: 0.7 },
    slowOneIn: 60,
    failures: { rate: 0.01, status: 503 },
    status: 200,
    bytes: 14_000,
  },
  {
    route: '/checkout',
    method: 'POST',
    address: () => '/checkout',
    share: 9,
    work: { median: 55, spread: 0.35 },
    slowOneIn: 40,
    failures: { rate: 0.03, status: 502 },
    status: 201,
    bytes: 400,
  },
  {
    route: '(unknown)',
    method: 'GET',
    address: (id) => `/old/${id}.php`,
    share: 4,
    work: { median: 1, spread: 0.2 },
    slowOneIn: 1000,
    failures: none,
    status: 404,
    bytes: 90,
  },
];

/** The route an address belongs to; the last one takes what fits no other. */
export function routeOf(method: string, url: string): Route {
  const path = url.replace(/\?.*/, '').replace(/^\/items\/\d+$/, '/items/{id}');
  return routes.find((each) => each.route === path && each.method === method) ?? (routes.at(-1) as Route);
}
