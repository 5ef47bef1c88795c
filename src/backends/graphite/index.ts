export { graphite } from './graphite.js';
export type { GraphiteOptions, Statistic } from './options.js';
