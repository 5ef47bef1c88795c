export type { AccessDescription, AccessOptions } from '../../serve/access.js';
export type { EndpointStatus } from '../../serve/endpoint.js';
export type { FastifyReply, Handler, NodeRequest, NodeResponse } from '../../serve/node.js';
export type { Served } from '../../serve/served.js';
export type { Source } from '../../serve/shared.js';
export type { LeftOut } from './encode.js';
export type { Format } from './family.js';
export {
  type PrometheusOptions,
  type PrometheusScrape,
  type PrometheusStatus,
  prometheus,
  type RenderOptions,
} from './prometheus.js';
