export { type DrainOptions, drainOnExit } from './exit.js';
export { type ProcessMetricsOptions, processMetrics } from './metrics.js';
