import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Account } from '../state/account.js';
import { makePassableFolder } from '../state/data-root.js';
import { readDefinitions, withAdministrator } from './definitions.js';

const brokerPorts = z.object({
  amqp: z.int(),
  management: z.int(),
  /** Port between Erlang nodes, on the loopback like all ports. */
  distribution: z.int(),
  epmd: z.int(),
});
export type BrokerPorts = Readonly<z.infer<typeof brokerPorts>>;

const identity = z.object({
  nodeName: z.string(),
  user: z.string(),
  password: z.string(),
});
export type BrokerIdentity = z.infer<typeof identity>;

/** Created at the first start and kept with the data, because the data belongs to that node name and user. */
export function brokerIdentity(folder: string): BrokerIdentity {
  makePassableFolder(folder);
  const file = join(folder, 'identity.json');
  if (existsSync(file)) {
    return identity.parse(JSON.parse(readFileSync(file, 'utf8')));
  }
  const made: BrokerIdentity = {
    nodeName: `metalcast-${randomBytes(4).toString('hex')}@localhost`,
    user: 'metalcast',
    password: randomBytes(24).toString('hex'),
  };
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

export function rememberPorts(folder: string, ports: BrokerPorts): void {
  writeFileSync(join(folder, 'ports.json'), JSON.stringify(ports));
}

export function rememberedPorts(folder: string): BrokerPorts | undefined {
  const file = join(folder, 'ports.json');
  return existsSync(file) ? brokerPorts.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

export interface BrokerSetting {
  readonly ports: BrokerPorts;
  readonly account: Account | undefined;
  /** A definitions file with users and permissions, loaded at every start in addition to the broker's own user. */
  readonly definitions: string | undefined;
}

/** Writes RabbitMQ's configuration files. Returns the environment that makes RabbitMQ read only these files. */
export function writeBrokerFiles(
  folder: string,
  { nodeName, user, password }: BrokerIdentity,
  { ports, account, definitions }: BrokerSetting,
): Record<string, string> {
  const home = join(folder, 'home');
  ownFolder(home, account);
  const config = join(home, 'rabbitmq.conf');
  const plugins = join(home, 'enabled_plugins');
  const loaded = join(home, 'definitions.json');
  if (definitions !== undefined) {
    const others = readDefinitions(readFileSync(definitions, 'utf8'));
    ownFile(loaded, JSON.stringify(withAdministrator(others, { user, password })), account);
  }
  const text = configuration({ user, password }, ports, definitions && loaded);
  ownFile(config, text, account);
  ownFile(plugins, '[rabbitmq_management].\n', account);
  return {
    HOME: home,
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_DIST_PORT: String(ports.distribution),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: erlangArguments,
  };
}

/** Erlang distribution on the loopback only; idle schedulers sleep instead of spinning. */
const erlangArguments =
  '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none';

/** The default of the services (METALCAST_MAX_MESSAGE_BYTES). */
const maxMessageBytes = 4_194_304;

function configuration(
  { user, password }: Pick<BrokerIdentity, 'user' | 'password'>,
  ports: BrokerPorts,
  definitions: string | undefined,
): string {
  return [
    ...(definitions === undefined ? [] : [`load_definitions = ${definitions}`]),
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${ports.management}`,
    `default_user = ${user}`,
    `default_pass = ${password}`,
    'log.console = true',
    'log.console.use_colors = off',
    'log.file = false',
    'vm_memory_high_watermark.absolute = 512MB',
    'disk_free_limit.absolute = 50MB',
    // Limit of the services: a larger message would only fill the memory of the consumers that prefetch it.
    `max_message_size = ${maxMessageBytes}`,
    '',
  ].join('\n');
}

function ownFolder(path: string, account: Account | undefined): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (account !== undefined) {
    chownSync(path, account.uid, account.gid);
  }
}

function ownFile(path: string, content: string, account: Account | undefined): void {
  writeFileSync(path, content, { mode: 0o600 });
  if (account !== undefined) {
    chownSync(path, account.uid, account.gid);
  }
}
