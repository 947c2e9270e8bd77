/** A private RabbitMQ for this suite, stopped and started by its pids alone. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as dial, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const nobody = 65_534;
const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';

export interface Rabbit {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startRabbit(): Promise<Rabbit> {
  // The broker runs as nobody, so its data must lie where nobody can go.
  const directory = await mkdtemp('/var/tmp/metalcast-rpc-');
  const [amqp, dist, epmdPort] = await Promise.all([freePort(), freePort(), freePort()]);
  await prepare(directory, amqp);
  const env = environment(directory, dist, epmdPort);
  const epmd = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], {
    ...asNobody,
    env,
    stdio: 'ignore',
  });
  await answers(epmdPort, 10_000);
  let server: ChildProcess | undefined;
  const start = async () => {
    server = spawn(program, [], { ...asNobody, env, cwd: directory, stdio: 'ignore' });
    await answers(amqp, 60_000);
  };
  const stop = async () => {
    const running = server;
    server = undefined;
    if (running !== undefined) await end(running);
  };
  await start();
  return {
    url: `amqp://guest:guest@127.0.0.1:${amqp}`,
    start,
    stop,
    close: async () => {
      await stop();
      await end(epmd);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function prepare(directory: string, amqp: number): Promise<void> {
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${amqp}`,
    'log.console = false',
    'log.file = rabbit.log',
    'vm_memory_high_watermark.absolute = 512MB',
    'disk_free_limit.absolute = 50MB',
    '',
  ];
  await mkdir(join(directory, 'home'));
  await writeFile(join(directory, 'rabbitmq.conf'), lines.join('\n'));
  await writeFile(join(directory, 'enabled_plugins'), '[].\n');
  if ('uid' in asNobody) {
    await chown(directory, nobody, nobody);
    await chown(join(directory, 'home'), nobody, nobody);
  }
}

function environment(directory: string, dist: number, epmd: number): NodeJS.ProcessEnv {
  const unique = directory.split('-').at(-1) ?? '';
  return {
    PATH: process.env['PATH'],
    HOME: join(directory, 'home'),
    RABBITMQ_NODENAME: `metalcast-${unique}@localhost`,
    RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_PID_FILE: join(directory, 'pid'),
    RABBITMQ_DIST_PORT: String(dist),
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Resolves when something listens on the port. */
async function answers(port: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const socket = dial(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await delay(100);
  }
  throw new Error(`nothing listens on port ${port} after ${timeoutMs} ms`);
}
