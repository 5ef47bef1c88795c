import process from 'node:process';

/**
 * What all generated inputs grow from: the same in every run, unless FUZZ_SEED says otherwise. What fails says its seed;
 * fast-check prints it.
 */
export const seed = Number(process.env['FUZZ_SEED'] ?? 7);
