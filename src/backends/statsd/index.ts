export type { Dialect, StatsdOptions } from './options.js';
export { statsd } from './statsd.js';
