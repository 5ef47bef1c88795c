// Importing the core costs next to nothing. `npm run bench -- startup` measures it at leisure.
import { expect, it } from 'vitest';
import { importTimes, mostOfCore } from '../../bench/startup.js';

it(`takes at most ${mostOfCore} ms more than importing an empty module`, () => {
  // Other tests run at the same time; what is true shows in the calmest of a few tries.
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5 && !(least <= mostOfCore); attempt++) {
    const { empty, core } = importTimes(5);
    least = Math.min(least, core - empty);
  }
  expect(least).toBeLessThanOrEqual(mostOfCore);
});
