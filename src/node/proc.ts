import { readdirSync, readFileSync, statSync } from 'node:fs';
import { attempt } from './part.js';

// Files of Linux' /proc. They are no I/O: the kernel writes them from its memory while they are read, without waiting.

/** The process' memory as the kernel has it, in bytes: address space, and data with the heap outside of V8's. */
export function readProcMemory(): { readonly size: number; readonly data: number } {
  const status = readFileSync('/proc/self/status', 'latin1');
  const bytes = (field: string): number =>
    1024 * Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { size: bytes('VmSize'), data: bytes('VmData') };
}

/** How many files the process may have open; undefined where there is no limit, or no /proc. */
export function maxOpenFiles(): number | undefined {
  const limits = attempt(() => readFileSync('/proc/self/limits', 'latin1')) ?? '';
  const most = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return most === undefined ? undefined : Number(most);
}

const files = '/proc/self/fd';
// Less that by which the folder itself is read.
const list = (): number => readdirSync(files).length - 1;
const ask = (): number => statSync(files).size;

/**
 * What counts the files that the process has open; undefined where there is no /proc. Linux from 6.2 on tells the
 * number without a list, which would take milliseconds for tens of thousands, and a file of its own.
 */
export function openFilesCounter(): (() => number) | undefined {
  const listed = attempt(list);
  if (listed === undefined) return undefined;
  return attempt(ask) === listed ? ask : list;
}
