export { type JsonOptions, toJson } from './json.js';
export { type CirconusOptions, circonus, type TrapReply } from './push.js';
