export { type DrainOptions, drainOnExit } from './exit.js';
export { type ProcessMetricsOptions, processMetrics } from './metrics.js';
export { type AttachOptions, attach } from './threads/attach.js';
export { type ShareOptions, share } from './threads/share.js';
export type { Shared } from './threads/shared.js';
