/**
 * For the failure of an `import()` of what only Node.js has, which it leaves as it is. Bundlers for browsers let pass what
 * they cannot find if somebody catches it (esbuild), or if a comment says so (webpack).
 */
export function absent(error: unknown): never {
  throw error;
}
