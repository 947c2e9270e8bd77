// The form of a file with keys: a JWK set (RFC 7517) that says what it is for, its newest key first.
import { ConfigError } from '@metalcast/config';
import { z } from 'zod';
import { purposes, type Half, type Purpose } from './key-holders.js';

const bytes32 = z.string().regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url');
const named = {
  kid: z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots and dashes'),
  /** Seconds since 1970: not to be sealed to, or derived from, before. */
  nbf: z.int().optional(),
};
const publicJwk = z.strictObject({
  ...named,
  kty: z.literal('OKP'),
  crv: z.literal('X25519'),
  x: bytes32,
});
const privateJwk = publicJwk.extend({ d: bytes32 });
const secretJwk = z.strictObject({ ...named, kty: z.literal('oct'), k: bytes32 });

export type PrivateJwk = z.output<typeof privateJwk>;
export type PublicJwk = z.output<typeof publicJwk>;
export type SecretJwk = z.output<typeof secretJwk>;
export type Jwk = PrivateJwk | PublicJwk | SecretJwk;

export interface JwkFile {
  readonly purpose: Purpose;
  readonly keys: readonly Jwk[];
}

const shapes = { public: publicJwk, private: privateJwk, secret: secretJwk };
const secretMembers = ['d', 'k'];

/**
 * The keys in `text`. Throws a ConfigError that names `source` and shows no key: not of this purpose, not of this half,
 * damaged.
 */
export function parseJwkFile(
  text: string,
  { purpose, half, source }: { readonly purpose: Purpose; readonly half: Half; source: string },
): JwkFile {
  const refuse = (reason: string): never => {
    throw new ConfigError(`${source} ${reason}`);
  };
  const given = z
    .object({ purpose: z.string(), keys: z.array(z.looseObject({})).min(1) })
    .safeParse(jsonOf(text)).data;
  if (given === undefined) {
    return refuse('must be a JWK set with a purpose, as `metalcast keys create` makes it');
  }
  if (given.purpose !== purpose) {
    return refuse(`must hold keys for ${purposes[purpose].protects} (purpose ${purpose})`);
  }
  const wrong = wrongHalf(half, given.keys);
  if (wrong !== undefined) {
    return refuse(wrong);
  }
  const parsed = z.array(shapes[half]).safeParse(given.keys);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`has a bad key: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const keys: readonly Jwk[] = parsed.data;
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    return refuse('names two keys alike');
  }
  return { purpose, keys };
}

export const textOf = (file: JwkFile): string => `${JSON.stringify(file, undefined, 2)}\n`;

/** What may be handed to whoever seals. */
export const publicHalf = ({ purpose, keys }: JwkFile): JwkFile => ({
  purpose,
  keys: (keys as readonly PrivateJwk[]).map(({ kid, nbf, kty, crv, x }) => ({
    kid,
    ...(nbf === undefined ? {} : { nbf }),
    ...{ kty, crv, x },
  })),
});

function wrongHalf(half: Half, keys: readonly object[]): string | undefined {
  const isSecret = keys.some((key) => secretMembers.some((member) => Object.hasOwn(key, member)));
  if (half === 'public') {
    return isSecret
      ? 'holds private keys; whoever seals must have the public half alone'
      : undefined;
  }
  return isSecret ? undefined : 'holds no private key';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
