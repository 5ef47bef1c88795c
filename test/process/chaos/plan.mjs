/** What the histogram is given: bins of both signs, zero, and decades far from each other. */
export const values = [5, 0, -3, 0.0012, 77, 1e4, 3.3e8, -2e-7, 6.1e-11, 1e15];
/** How many numbers there are in a worker's tally: calls, twice of routes, brief, and each of the values. */
export const tallies = 3 + values.length;
