export {
  type Bin,
  type BinCount,
  binEdge,
  binMidpoint,
  binName,
  binOf,
  binOfScaled,
  binWidth,
} from './bin.js';
export type { BucketMode } from './buckets.js';
export type { CountOptions, Distribution } from './distribution.js';
export type { DrawOptions } from './draw.js';
export { type CellSource, type Extent, isExtent } from './extents.js';
export { LogLinearHistogram } from './histogram.js';
export type { QuantileOptions } from './quantile.js';
