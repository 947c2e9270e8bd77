// The part of RabbitMQ's definitions file that the lab reads.
import { brokerPasswordHash } from '@metalcast/domain';
import { z } from 'zod';

const definitions = z.looseObject({
  users: z.array(z.looseObject({ name: z.string() })),
  permissions: z.array(z.looseObject({ user: z.string(), vhost: z.string() })),
});
type Definitions = z.infer<typeof definitions>;

export const readDefinitions = (text: string): Definitions => definitions.parse(JSON.parse(text));

/** Adds a user with all permissions: RabbitMQ creates no default user when it loads definitions. */
export function withAdministrator(
  { users, permissions, ...rest }: Definitions,
  { user, password }: { readonly user: string; readonly password: string },
): Definitions {
  const login = {
    name: user,
    password_hash: brokerPasswordHash(password),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: 'administrator',
  };
  const all = { user, vhost: '/', configure: '.*', write: '.*', read: '.*' };
  return { ...rest, users: [...users, login], permissions: [...permissions, all] };
}
