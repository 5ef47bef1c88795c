/** What the histogram is given: bins of both signs, zero, and decades far from each other. */
export const values = [5, 0, -3, 0.0012, 77, 1e4, 3.3e8, -2e-7, 6.1e-11, 1e15];
/** What a histogram with bounds is given: on both sides of them in one bin, at them, and in bins without any. */
export const sides = [141, 144, 144.5, 147, 1, 1.05, -144, -141, 5, 149];
/** Its bounds. */
export const buckets = [-144, 1, 144, 146, 1e6];
/** How many numbers there are in a worker's tally: calls, twice of routes, brief, each of the values, and of the sides. */
export const tallies = 3 + values.length + sides.length;
