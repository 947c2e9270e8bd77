import { chmod, mkdir } from 'node:fs/promises';
import { isIPv6, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { deployHelper, nodeEvents, type CloudEvent } from '@metalcast/contracts';
import { requeueDeploymentsOf } from '@metalcast/db';
import { imageAccessOf, openImages } from '@metalcast/image-client';
import { follow } from '@metalcast/rpc';
import { startRpcApp, type Running } from '@metalcast/service';
import { agentServer } from './agent/agent-server.js';
import { Hello } from './agent/hello.js';
import { Next } from './agent/next.js';
import { Ready } from './agent/ready.js';
import { Report } from './agent/report.js';
import { Session } from './agent/session.js';
import type { DeployHelperContext } from './config.js';
import { DeployHelperModule } from './deploy-helper.module.js';
import { DeploymentCommands } from './deployment/commands.js';
import { DeploymentNews } from './deployment/news.js';
import { removeAbandoned } from './deployment/work-folder.js';
import { DeploymentWorkers } from './deployment/workers.js';
import { mib } from './disk/extent.js';
import { ImageCache } from './image/image-cache.js';
import { KnownImages } from './image/known-images.js';

const renewalsPerLease = 3;

/** The whole service: workers, the ramdisks' server, the topic, and the ear on events. */
export async function startDeployHelper(context: DeployHelperContext): Promise<Running> {
  const { config, database, rpc } = context;
  const news = new DeploymentNews();
  const workers = await openWorkers(context, news);
  const wake = (): void => {
    workers.wake();
  };
  context.health.check('disk', () => workers.hasRoom);
  const commands = new DeploymentCommands({ database, news, wake, timing: config });
  const events = await follow(rpc, {
    bindings: ['agent.#', 'deploy.#', nodeEvents.nodeState.type],
    handler: (event) => {
      news.tell(event.subject);
      if (event.type === nodeEvents.nodeState.type) {
        workers.recheck(event.subject);
      } else if (saysQueued(event)) {
        workers.wake();
      }
    },
    onListening: () => {
      news.tellAll();
      workers.wake();
    },
  });
  const server = await listen(context, { news, wake });
  const app = await startRpcApp(context, deployHelper, DeployHelperModule.register(commands));
  workers.start();
  return {
    async close() {
      await app.close();
      await workers.close();
      news.close();
      await server.close();
      await events.close();
    },
  };
}

function saysQueued({ type, data }: CloudEvent): boolean {
  const { deployProgress } = nodeEvents;
  return (
    type === deployProgress.type && deployProgress.data.safeParse(data).data?.phase === 'queued'
  );
}

async function openWorkers(
  { config, database, secrets, logger, owner, host }: DeployHelperContext,
  news: DeploymentNews,
): Promise<DeploymentWorkers> {
  const root = resolve(config.stateDirectory);
  const [images, work] = [join(root, 'images'), join(root, 'work')];
  // Images may be a project's own.
  await mkdir(images, { recursive: true, mode: 0o700 });
  await chmod(images, 0o700);
  await removeAbandoned(work);
  const requeued = await requeueDeploymentsOf(database, host, config.queueMs);
  if (requeued > 0) {
    logger.warn({ requeued }, 'deployments of an earlier process of this host are begun again');
  }
  const cache = new ImageCache(openImages(imageAccessOf(config)), {
    directory: images,
    maxBytes: config.cacheMb * mib,
  });
  return new DeploymentWorkers({
    ...{ database, secrets, logger, cache, news, owner, host },
    images: new KnownImages(work),
    timing: config,
    verifyBytes: config.verifyMb * mib,
    capacity: config.capacity,
    sweepMs: config.sweepMs,
    maxAttempts: config.maxAttempts,
    lease: { leaseMs: config.leaseMs, renewMs: Math.floor(config.leaseMs / renewalsPerLease) },
    workDirectory: work,
  });
}

/** Listens for ramdisks, and tells `boot` where by the heartbeat. */
async function listen(
  context: DeployHelperContext,
  { news, wake }: { readonly news: DeploymentNews; readonly wake: () => void },
) {
  const { config, database, secrets, logger, host } = context;
  const { maxAttempts } = config;
  const session = new Session({ database, secrets });
  const calls = {
    session,
    hello: new Hello({ database, secrets, news, host, wake, timing: config, maxAttempts }),
    ready: new Ready({ database, news }),
    report: new Report({ database, news, logger, timing: config }),
    next: new Next({ secrets, session, news, holdMs: config.nextHoldMs }),
  };
  const server = agentServer(calls, logger);
  await server.listen({ host: config.provisioningAddress, port: config.provisioningPort });
  const { address, port } = server.server.address() as AddressInfo;
  const provisioningUrl = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  context.details({ provisioningUrl });
  logger.info({ provisioningUrl }, 'ramdisks are answered');
  return server;
}
