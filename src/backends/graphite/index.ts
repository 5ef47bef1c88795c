export type { Statistic } from '../push/summary.js';
export { graphite } from './graphite.js';
export type { GraphiteOptions } from './options.js';
