import { preferences } from '../../serve/exchange.js';
import type { Format } from './family.js';

/** What the formats are called on the wire. */
export const contentTypes: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The format that a scraper likes best by its `Accept`; 0.0.4 where it likes none, as scrapers expect. */
export function formatFor(accept: string): Format {
  for (const { name, parameters, weight } of preferences(accept)) {
    if (weight === 0) continue;
    const version = parameters.get('version');
    if (name === 'application/openmetrics-text' && (version === undefined || version === '1.0.0'))
      return 'openmetrics';
    if (name === 'text/plain' && (version === undefined || version === '0.0.4')) return 'text';
    if (name === '*/*' || name === 'text/*') return 'text';
  }
  return 'text';
}
