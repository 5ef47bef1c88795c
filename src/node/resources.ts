import process from 'node:process';
import { getHeapSpaceStatistics } from 'node:v8';
import type { Gauge } from '../record/gauge.js';
import type { Namespace } from '../record/namespace.js';
import { attempt, readInto, type Start } from './part.js';
import { maxOpenFiles, openFilesCounter, readProcMemory } from './proc.js';

// Names and units are such that Prometheus gets the names that prom-client has for the same.

/** Processor time of the whole process, all threads of it, since it began. */
export function cpu(of: Namespace): Start {
  const unit = 'seconds';
  const user = of.counter('cpu_user', { unit, help: 'Processor time in user mode.' });
  const system = of.counter('cpu_system', { unit, help: 'Processor time in the kernel.' });
  const both = of.counter('cpu', { unit, help: 'Processor time, in user mode and in the kernel.' });
  // Up to the total, so that it is the same whenever this began. A total that seems to go back adds nothing.
  const raise = (counter: typeof both, microseconds: number): void =>
    counter.add(Math.max(0, microseconds / 1e6 - counter.value));
  return () =>
    of.onCollect(() => {
      const used = process.cpuUsage();
      raise(user, used.user);
      raise(system, used.system);
      raise(both, used.user + used.system);
    });
}

/** Memory by kind, as the operating system and V8 count it. */
export function memory(of: Namespace, nodejs: Namespace): Start[] {
  const unit = 'bytes';
  const v8 = readInto(
    of,
    [
      of.gauge('resident_memory', { unit, help: 'Memory that is in RAM.' }),
      nodejs.gauge('heap_size_total', { unit, help: "Size of V8's heap." }),
      nodejs.gauge('heap_size_used', { unit, help: "What of V8's heap is in use." }),
      nodejs.gauge('external_memory', { unit, help: 'Memory outside of the heap that objects hold.' }),
      nodejs.gauge('array_buffers_memory', {
        unit,
        help: 'The part of it that ArrayBuffers and Buffers are.',
      }),
    ],
    () => {
      const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
      return [rss, heapTotal, heapUsed, external, arrayBuffers];
    },
  );
  const known = attempt(readProcMemory);
  if (known === undefined || !Number.isFinite(known.size + known.data)) return [v8];
  const kernel = readInto(
    of,
    [
      of.gauge('virtual_memory', { unit, help: 'Size of the address space.' }),
      of.gauge('heap', { unit, help: 'Data and heap of the process, as the kernel counts them.' }),
    ],
    () => {
      const { size, data } = readProcMemory();
      return [size, data];
    },
  );
  return [v8, kernel];
}

/** What is in each space of V8's heap. */
export function heapSpaces(nodejs: Namespace): Start[] {
  if (attempt(getHeapSpaceStatistics) === undefined) return [];
  const options = { unit: 'bytes', tagNames: ['space'] } as const;
  const total = nodejs.gauge('heap_space_size_total', { ...options, help: 'Size of a space of the heap.' });
  const used = nodejs.gauge('heap_space_size_used', { ...options, help: 'What of the space is in use.' });
  const free = nodejs.gauge('heap_space_size_available', { ...options, help: 'What of the space is free.' });
  const read = (): void => {
    for (const statistics of getHeapSpaceStatistics()) {
      const tags = { space: statistics.space_name.replace(/_space$/, '') };
      total.with(tags).set(statistics.space_size);
      used.with(tags).set(statistics.space_used_size);
      free.with(tags).set(statistics.space_available_size);
    }
  };
  return [() => nodejs.onCollect(read)];
}

/** Open files, and how many there may be. */
export function openFiles(of: Namespace): Start[] {
  const limit = maxOpenFiles();
  if (limit !== undefined) of.gauge('max_fds', { help: 'How many files may be open.' }).set(limit);
  const count = openFilesCounter();
  if (count === undefined) return [];
  return [readInto(of, [of.gauge('open_fds', { help: 'Open file descriptors.' })], () => [count()])];
}

/** When the process began, and how long ago that is. */
export function age(of: Namespace): Start {
  const unit = 'seconds';
  of.gauge('start_time', { unit, help: 'When the process began, since 1970.' }).set(
    Date.now() / 1000 - process.uptime(),
  );
  const uptime = of.gauge('uptime', { unit, help: 'How long the process has run.' });
  return readInto(of, [uptime], () => [process.uptime()]);
}

/** What Node.js has but does not document (DEP0161). Dashboards that were made for prom-client show it. */
interface Undocumented {
  readonly _getActiveHandles?: () => readonly unknown[];
  readonly _getActiveRequests?: () => readonly unknown[];
}

/** What keeps the event loop alive: resources, and, where they can be told apart, handles and requests. */
export function activeThings(nodejs: Namespace): Start[] {
  const { _getActiveHandles: handles, _getActiveRequests: requests } = process as Undocumented;
  const classes = (list: (() => readonly unknown[]) | undefined) =>
    list && ((): string[] => list.call(process).map((thing) => thing?.constructor?.name || 'Object'));
  return [
    ...byType(nodejs, 'resources', process.getActiveResourcesInfo?.bind(process)),
    ...byType(nodejs, 'handles', classes(handles)),
    ...byType(nodejs, 'requests', classes(requests)),
  ];
}

function byType(nodejs: Namespace, what: string, list: (() => readonly string[]) | undefined): Start[] {
  if (list === undefined) return [];
  const family = nodejs.gauge(`active_${what}`, { help: `Active ${what}, by type.`, tagNames: ['type'] });
  const total = nodejs.gauge(`active_${what}_total`, { help: `Active ${what}.` });
  const seen = new Map<string, Gauge>();
  const read = (): void => {
    const types = list();
    total.set(types.length);
    const counts = new Map<string, number>();
    for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const type of counts.keys()) if (!seen.has(type)) seen.set(type, family.with({ type }));
    // What is gone has to go down to 0.
    for (const [type, gauge] of seen) gauge.set(counts.get(type) ?? 0);
  };
  const start: Start = () => {
    // What was there when it was stopped may be gone.
    family.clear();
    return nodejs.onCollect(read);
  };
  return [start];
}
