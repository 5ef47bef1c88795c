import { must, optionsOf } from '../checks.js';
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
  /** The only path that is answered. */
  readonly path?: string;
  /** Of Basic authentication. */
  readonly user?: string;
  /** Of Basic authentication. */
  readonly password?: string;
  /** The bearer token. */
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

function checked(what: string, access: unknown): AccessOptions {
  if (access === false) return {};
  must(
    typeof access === 'object' && access !== null,
    `${what}: access`,
    'an object, or false to let everybody read',
    access,
  );
  const given = optionsOf(`${what}: access`, access, ['path', 'user', 'password', 'token']);
  const check = (option: string, form: RegExp, expected: string): void => {
    const value = given[option];
    const fits = value === undefined || (typeof value === 'string' && form.test(value));
    // A secret is not shown, not even a wrong one.
    must(fits, `${what}: access.${option}`, expected, typeof value === 'string' ? 'this text' : value);
  };
  // What a client can send: a path as it stands on the wire, and no control characters.
  if (given['path'] !== false) {
    check(
      'path',
      /^\/[!-"$->@-~]*$/,
      'a percent-encoded path from the first slash on, without a query, or false for any path',
    );
  }
  check('user', /^[^:\p{Cc}]+$/u, 'a text without colons that is not empty');
  check('password', /^\P{Cc}+$/u, 'a text that is not empty');
  check('token', /^[A-Za-z0-9._~+/-]+=*$/, 'of letters, digits and -._~+/, with = only at its end');
  return given;
}
