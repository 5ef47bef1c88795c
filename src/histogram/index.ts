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
export { areBounds, Bounds, MAX_BOUNDS, type SplitBin } from './bounds.js';
export type { BucketMode } from './buckets.js';
export { beginningIn, cumulate, type Edges, edgesOf } from './cumulate.js';
export type { CountOptions, Distribution } from './distribution.js';
export type { DrawOptions } from './draw.js';
export { type CellSource, type Extent, type HistogramSettings, isExtent } from './extents.js';
export { LogLinearHistogram, SplitHistogram } from './histogram.js';
export type { QuantileOptions } from './quantile.js';
