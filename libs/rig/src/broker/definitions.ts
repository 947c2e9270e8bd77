// RabbitMQ's users and permissions as a file, as far as the lab looks into it.
import { brokerPasswordHash } from '@metalcast/domain';
import { z } from 'zod';

const definitions = z.looseObject({
  users: z.array(z.looseObject({ name: z.string() })),
  permissions: z.array(z.looseObject({ user: z.string(), vhost: z.string() })),
});
type Definitions = z.infer<typeof definitions>;

export const readDefinitions = (text: string): Definitions => definitions.parse(JSON.parse(text));

/** With a user who may do all: RabbitMQ makes no default user where definitions are loaded. */
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
