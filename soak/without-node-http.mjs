// Makes a runtime that has `fetch`, and neither node:http nor node:https. Fetch itself has its own client.
import Module, { register } from 'node:module';

const absent = /^(node:)?https?2?$/;
const fail = (name) => {
  throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
};
const load = Module._load;
Module._load = function (name, ...more) {
  return absent.test(name) ? fail(name) : load.call(this, name, ...more);
};
const builtin = process.getBuiltinModule;
if (builtin !== undefined) {
  process.getBuiltinModule = (name) => (absent.test(name) ? undefined : builtin.call(process, name));
}
const hook = `export const resolve = (name, context, next) => {
  if (${absent}.test(name)) throw Object.assign(new Error('Cannot find module ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
  return next(name, context);
};`;
register(`data:text/javascript,${encodeURIComponent(hook)}`, import.meta.url);
