import { type Extent, total } from './extents.js';

export interface DrawOptions {
  /** Columns. 80 if not given. */
  readonly width?: number;
  /** The unit of the samples, such as `seconds`. */
  readonly unit?: string;
}

/** Draws a distribution for a terminal. */
export function draw(extents: readonly Extent[], _options?: DrawOptions): string {
  return `${total(extents)} samples`;
}
