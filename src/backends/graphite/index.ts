export type { PointOptions } from '../push/point-options.js';
export type { Statistic } from '../push/summary.js';
export { graphite } from './graphite.js';
export type { GraphiteOptions } from './options.js';
