import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ServiceName } from '@metalcast/domain';
import { topologyDefinitions } from '@metalcast/rpc/definitions';
import { permissionsOf } from '@metalcast/rpc/permissions';
import { startBroker as startServer, withLock, type Broker } from '@metalcast/rig';
import { Management } from './management.js';
import { testRun } from './test-run.js';

export interface TestBroker {
  /** amqp://user:password@127.0.0.1:port/vhost */
  readonly url: string;
  readonly vhost: string;
  /** The same as a service logs in, with what it may do there alone, after the administrator's declarations. */
  urlOf(service: ServiceName): Promise<string>;
  /** RabbitMQ's HTTP API, for looking at queues and closing connections. */
  readonly management: Management;
  /** Removes the vhost with its connections and queues. Idempotent. */
  close(): Promise<void>;
}

const startTimeoutMs = 120_000;

/**
 * A virtual host of its own, empty, on the broker that the whole run shares (started by who comes first):
 * exchanges and queues of other test files are not seen. Don't stop that broker: see startOwnBroker.
 */
export async function startBroker(): Promise<TestBroker> {
  const server = await sharedServer();
  const management = new Management(server);
  const vhost = `test-${randomBytes(6).toString('hex')}`;
  await management.ready();
  await management.makeVhost(vhost, server.user);
  let defined: Promise<unknown> | undefined;
  return {
    url: `${server.url}/${vhost}`,
    vhost,
    urlOf: async (service) => {
      const user = `test-${service}`;
      await management.makeUser(user, server.password);
      await management.permit(vhost, user, permissionsOf(service));
      defined ??= management.request('POST', '/definitions', topologyDefinitions(vhost));
      await defined;
      const url = new URL(`${server.url}/${vhost}`);
      url.username = user;
      return url.href;
    },
    management,
    close: () => management.removeVhost(vhost),
  };
}

function sharedServer(): Promise<Broker> {
  const ledger = testRun();
  const folder = join(ledger.folder, 'broker');
  const lock = {
    timeoutMs: startTimeoutMs,
    what: "the run's broker to be started by another worker",
  };
  return withLock(folder, lock, () =>
    startServer({ folder, ledger, logFile: join(ledger.folder, 'broker.log') }),
  );
}
