import { readFileSync } from 'node:fs';
import { KeySet, Opener, sealedTo, type Jwk, type Purpose, type SecretJwk } from '@metalcast/keys';
import { Tokens } from '../../../services/api/src/identity/tokens/tokens.js';

export interface Loot {
  readonly bmc: { readonly owner: string; readonly sealed: string };
  readonly instance: { readonly owner: string; readonly sealed: string };
  readonly token: string;
}

const lifetime = { tokenHours: 1 };

/** All keys in the files that the variables of a process name. */
export const keysNamedIn = (environment: ReadonlyMap<string, string>): Jwk[] =>
  [...environment]
    .filter(([name]) => /_KEY_FILE$/.test(name))
    .flatMap(([, path]) => (JSON.parse(readFileSync(path, 'utf8')) as { keys: Jwk[] }).keys);

/** What opens by any of the keys, tried for everything whatever it is meant for. */
export async function openedBy(keys: readonly Jwk[], loot: Loot): Promise<string[]> {
  const opened = new Set<string>();
  for (const jwk of keys) {
    for (const what of ['bmc', 'instance'] as const) {
      const { owner, sealed } = loot[what];
      const opener = new Opener({ keys: setOf(what, { ...jwk, kid: sealedTo(sealed) ?? '' }) });
      await opener.open(owner, sealed).then(
        () => opened.add(what),
        () => undefined,
      );
    }
    for (const token of tokenKeys(jwk, loot.token)) {
      if (new Tokens({ token: { keys: token } }, lifetime).read(loot.token) !== undefined) {
        opened.add('token');
      }
    }
  }
  return [...opened];
}

/** Whether any of the keys makes a token that the api takes for its own. */
export async function forgesTokens(
  keys: readonly Jwk[],
  genuine: { readonly token: string; readonly api: Tokens },
): Promise<boolean> {
  const grant = { userId: 'admin', projectId: 'admin', methods: ['password'], passwordTag: '' };
  const sets = keys.flatMap((jwk) => tokenKeys(jwk, genuine.token));
  const made = await Promise.all(
    sets.map((set) => new Tokens({ token: { keys: set } }, lifetime).issue(grant)),
  );
  return made.some(({ token }) => genuine.api.read(token) !== undefined);
}

/** Every 32 bytes of the key, as if they were the one that the token names. */
function tokenKeys(jwk: Jwk, token: string): KeySet[] {
  const [head = ''] = token.split('.');
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
  return [jwk]
    .flatMap((key) => Object.entries(key))
    .filter(([name]) => ['k', 'd', 'x'].includes(name))
    .map(([, k]) => setOf('token', { kid, kty: 'oct', k } as SecretJwk));
}

const setOf = (purpose: Purpose, jwk: Jwk): KeySet => new KeySet({ purpose, keys: [jwk] });
