export type { AccessDescription, AccessOptions } from '../../serve/access.js';
export type { EndpointStatus } from '../../serve/endpoint.js';
export type { FastifyReply, Handler, NodeRequest, NodeResponse } from '../../serve/node.js';
export type { Served } from '../../serve/served.js';
export type { Source } from '../../serve/shared.js';
export { type JsonOptions, toJson } from './json.js';
export type { TrapReply } from './judge.js';
export {
  type CirconusPull,
  type CirconusPullOptions,
  type CirconusPullStatus,
  circonusPull,
} from './pull.js';
export { type CirconusOptions, circonus } from './push.js';
