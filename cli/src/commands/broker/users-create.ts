import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames, type ServiceName, ownValue } from '@metalcast/domain';
import type { Call, Run } from '../../action.js';
import { usageFailure } from '../../failure.js';
import { readSecretFile, writeSecretFile } from '../secret-file.js';
import { servicesOf } from '../services-of.js';
import { definitionsOf, type BrokerUser } from './definitions.js';

/** `metalcast broker users create`. Idempotent: a user with an existing file keeps its password. */
export const brokerUsersCreate: Run = (call) => {
  const [folder = '', ...names] = call.args;
  const wanted = servicesOf(names);
  const [prefix, vhost] = [text(call, 'prefix') ?? 'metalcast', text(call, 'vhost') ?? '/'];
  const reached = `amqp://${text(call, 'address') ?? ''}/${encodeURIComponent(vhost)}`;
  if (!URL.canParse(reached)) {
    throw usageFailure('The address must read host:port.');
  }
  if (mkdirSync(folder, { recursive: true, mode: 0o711 }) !== undefined) {
    // RabbitMQ, which runs under its own account, must reach the definitions whatever the umask is.
    chmodSync(folder, 0o711);
  }
  for (const service of wanted) {
    const known = knownUser(folder, service);
    const user = `${prefix}-${service}`;
    const password = known?.user === user ? known.password : randomBytes(24).toString('base64url');
    writeSecretFile(join(folder, service), urlOf(reached, user, password));
  }
  const users = serviceNames.flatMap((service) => knownUser(folder, service) ?? []);
  const file = join(folder, 'definitions.json');
  const exchange = text(call, 'exchange') ?? 'nova';
  const exchangeDurable = call.options['exchangeDurable'] !== false;
  const content = definitionsOf(users, { vhost, exchange, exchangeDurable });
  // Readable by RabbitMQ's own account: hashes of long random passwords are not secret.
  writeSecretFile(file, `${JSON.stringify(content, undefined, 2)}\n`, 0o644);
  const lines = users.map(({ service, user }) => `${user}: ${join(folder, service)}`);
  const load = [
    `Load them into RabbitMQ: rabbitmqctl import_definitions ${file}`,
    ...(exchangeDurable
      ? []
      : [`After each start of RabbitMQ too, for ${exchange} is not durable.`]),
  ];
  return Promise.resolve({
    text: [...lines, ...load].join('\n'),
    data: { users: users.map(({ service, user }) => ({ service, user })), definitions: file },
  });
};

function text({ options }: Call, name: string): string | undefined {
  const value = ownValue(options, name);
  return typeof value === 'string' ? value : undefined;
}

/** The user in the service's file. */
function knownUser(folder: string, service: ServiceName): BrokerUser | undefined {
  const url = readSecretFile(join(folder, service)) ?? '';
  if (!URL.canParse(url)) {
    return undefined;
  }
  const { username, password } = new URL(url);
  return { service, user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function urlOf(reached: string, user: string, password: string): string {
  const url = new URL(reached);
  url.username = user;
  url.password = password;
  return url.href;
}
