export type { PointOptions } from '../push/point-options.js';
export type { Statistic } from '../push/summary.js';
export type { OpentsdbReply } from './judge.js';
export { type OpentsdbOptions, opentsdb } from './opentsdb.js';
