export { type DrainOptions, drainOnExit } from './exit.js';
