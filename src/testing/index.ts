export { type Check, contractChecks, type Subject } from './contract.js';
export type { CounterExpectation, HistogramExpectation, ValueExpectation } from './expectations.js';
export {
  type MemoryBackend,
  type MemoryBackendOptions,
  memoryBackend,
  type Received,
  type TagFilter,
} from './memory.js';
