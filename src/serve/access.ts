import { MetricsError } from '../errors.js';
import { equalSecrets, randomText, utf8Base64 } from './secrets.js';

/**
 * Who may read. What is not given is made up, at random, and told by `describe()`: the path; and the user with a
 * password, unless there is a token.
 */
export interface AccessOptions {
  /** The only path that is answered, from `/` on; `false` for any path. Random unless given. */
  readonly path?: string | false;
  /** Of Basic authentication; without colons. Random unless given, where Basic authentication is wanted. */
  readonly user?: string;
  /** Of Basic authentication. Random unless given, where Basic authentication is wanted. */
  readonly password?: string;
  /** A bearer token. Given alone it replaces Basic authentication; beside a user or a password, either will do. */
  readonly token?: string;
}

/** What a reader needs to know; nothing where everybody may read. Keep it secret. */
export interface AccessDescription {
  readonly path?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

/** Why a reader gets nothing: `path` is for 404, `credentials` for 401. */
export type Refusal = 'path' | 'credentials';

/** Decides who may read. */
export class Lock {
  readonly description: AccessDescription;
  /** What a 401 asks for. */
  readonly challenge: string;
  readonly #path: string | undefined;
  /** The only credentials that open, by their scheme; `undefined` where a scheme is not in use. */
  readonly #basic: string | undefined;
  readonly #bearer: string | undefined;

  /**
   * @param what the backend, for messages
   * @param access `false`: everybody may read
   * @throws MetricsError `invalid_option`
   */
  constructor(what: string, access: AccessOptions | false) {
    const { path, user, password, token } = checked(what, access);
    const basic = access !== false && (token === undefined || user !== undefined || password !== undefined);
    this.description = {
      ...(access !== false && path !== false && { path: path ?? `/${randomText()}` }),
      ...(basic && { user: user ?? randomText(), password: password ?? randomText() }),
      ...(token !== undefined && { token }),
    };
    this.#path = this.description.path;
    this.#basic = basic ? utf8Base64(`${this.description.user}:${this.description.password}`) : undefined;
    this.#bearer = token;
    this.challenge = [
      ...(basic ? ['Basic realm="metrics", charset="UTF-8"'] : []),
      ...(token === undefined ? [] : ['Bearer realm="metrics"']),
    ].join(', ');
  }

  /**
   * Whether a reader may not read. Takes the same time whatever is wrong, and however much of it is right.
   * @param path as it was asked for, without its query
   * @param authorization the header; empty if there is none
   */
  refuses(path: string, authorization: string): Refusal | undefined {
    const [, scheme = '', credentials = ''] = /^(\S*) *(.*)$/s.exec(authorization) ?? [];
    const rightPath = this.#path === undefined || equalSecrets(path, this.#path);
    const basic = equalSecrets(credentials, this.#basic ?? '') && scheme.toLowerCase() === 'basic';
    const bearer = equalSecrets(credentials, this.#bearer ?? '') && scheme.toLowerCase() === 'bearer';
    const open = this.#basic === undefined && this.#bearer === undefined;
    const rightCredentials =
      open || (this.#basic !== undefined && basic) || (this.#bearer !== undefined && bearer);
    return rightPath ? (rightCredentials ? undefined : 'credentials') : 'path';
  }
}

const known = ['path', 'user', 'password', 'token'];

function checked(what: string, access: unknown): AccessOptions {
  const invalid = (message: string): MetricsError =>
    new MetricsError('invalid_option', `${what}: ${message}`);
  if (access === false) return {};
  if (typeof access !== 'object' || access === null) {
    throw invalid('access must be an object such as { user, password }, or false to let everybody read.');
  }
  const unknown = Object.keys(access).find((option) => !known.includes(option));
  if (unknown !== undefined) throw invalid(`access has no option ${unknown}; it has ${known.join(', ')}.`);
  const { path, user, password, token } = access as Readonly<Record<keyof AccessOptions, unknown>>;
  const fits = (value: unknown, form: RegExp): boolean =>
    value === undefined || (typeof value === 'string' && form.test(value));
  // What a client can send: a path as it stands on the wire, and no control characters.
  if (path !== false && !fits(path, /^\/[!-"$->@-~]*$/)) {
    throw invalid(
      'access.path must begin with a slash and be percent-encoded, without a query; or be false for any path.',
    );
  }
  if (!fits(user, /^[^:\p{Cc}]+$/u))
    throw invalid('access.user must be a text without colons that is not empty.');
  if (!fits(password, /^\P{Cc}+$/u)) throw invalid('access.password must be a text that is not empty.');
  if (!fits(token, /^[A-Za-z0-9._~+/-]+=*$/)) {
    throw invalid('access.token must be of letters, digits and -._~+/, with = only at its end.');
  }
  return access as AccessOptions;
}
