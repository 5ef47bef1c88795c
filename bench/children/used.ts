import process from 'node:process';

/** Bytes that live objects and their memory outside the heap take. */
export function used(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
