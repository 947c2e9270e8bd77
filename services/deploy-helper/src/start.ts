import { chmod, mkdir } from 'node:fs/promises';
import { isIPv6, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { deployHelper, nodeEvents } from '@metalcast/contracts';
import { requeueDeploymentsOf } from '@metalcast/db/deploy-helper';
import { newRequestId } from '@metalcast/domain';
import { imageAccessOf, openImages } from '@metalcast/image-client';
import { Deriver, Opener } from '@metalcast/keys';
import { follow, rpcClient } from '@metalcast/rpc';
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
import { DeploymentLeases } from './deployment/leases.js';
import { DeploymentSignals } from './deployment/signals.js';
import { DeploymentRows } from './deployment/rows.js';
import { removeAbandoned } from './preparation/work-folder.js';
import { DeploymentWorkers } from './deployment/workers.js';
import { mib } from './disk/extent.js';
import { ImageCache } from './image/image-cache.js';
import { KnownImages } from './image/known-images.js';

const renewalsPerLease = 3;

interface Shared {
  readonly signals: DeploymentSignals;
  readonly rows: DeploymentRows;
}

/**
 * Starts the whole service: workers, the ramdisks' HTTP server, the RPC topic, and the subscription to nodes' states.
 */
export async function startDeployHelper(context: DeployHelperContext): Promise<Running> {
  const { config, database, rpc, owner } = context;
  const signals = new DeploymentSignals();
  const hint = hints(context);
  const rows = new DeploymentRows({ database, signals, hint });
  const workers = await openWorkers(context, { signals, rows, hint });
  context.health.check('disk', () => workers.hasRoom);
  const commands = new DeploymentCommands({ rows, signals, workers, owner, timing: config });
  const events = await follow(rpc, {
    bindings: [nodeEvents.nodeState.type],
    handler: ({ subject, epoch }) => {
      // The remembered row of the node's present epoch is still right.
      if (rows.mayHaveLeft(subject, epoch)) {
        rows.forget(subject);
        signals.notify(subject);
      }
      workers.recheck(subject, epoch);
    },
    onListening: () => {
      signals.notifyAll();
      workers.wake();
    },
  });
  const onQueued = (node: string): void => {
    hint(node);
    workers.wake();
  };
  const server = await listen(context, { signals, rows, onQueued });
  const app = await startRpcApp(context, deployHelper, DeployHelperModule.register(commands));
  workers.start();
  return {
    async close() {
      await app.close();
      await workers.close();
      signals.close();
      await server.close();
      await events.close();
    },
  };
}

const hintTimeoutMs = 5000;

/**
 * Notifies the other helpers to look at a node's deployment. A lost hint is harmless: they read the row when their wait
 * ends.
 */
function hints({ rpc, owner, logger }: DeployHelperContext): (node: string) => void {
  const client = rpcClient(rpc, deployHelper, { timeoutMs: hintTimeoutMs });
  return (node) => {
    client.fanout
      .look({ node, from: owner }, { requestId: newRequestId() })
      .catch((error: unknown) => {
        logger.debug({ node, err: error }, 'a hint to the other helpers was not sent');
      });
  };
}

async function openWorkers(
  { config, database, keys, logger, owner, host }: DeployHelperContext,
  { signals, rows, hint }: Shared & { readonly hint: (node: string) => void },
): Promise<DeploymentWorkers> {
  const root = resolve(config.stateDirectory);
  const [images, work] = [join(root, 'images'), join(root, 'work')];
  // Cached images may be private to a project.
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
    logger,
  });
  await cache.shrink();
  const { leaseMs } = config;
  const everyMs = Math.floor(Math.min(leaseMs, config.stallMs, config.targetMs) / renewalsPerLease);
  const leases = new DeploymentLeases({ database, rows, signals, logger, leaseMs, everyMs });
  return new DeploymentWorkers({
    ...{ database, logger, cache, signals, rows, hint, owner, host, leases, leaseMs },
    secrets: new Opener(keys.instancePrivate),
    agent: new Deriver(keys.agent),
    images: new KnownImages(work),
    timing: config,
    verifyBytes: config.verifyMb * mib,
    capacity: config.capacity,
    sweepMs: config.sweepMs,
    maxAttempts: config.maxAttempts,
    workDirectory: work,
  });
}

/** Listens for ramdisks, and publishes the URL to `boot` by the heartbeat. */
async function listen(
  context: DeployHelperContext,
  { signals, rows, onQueued }: Shared & { readonly onQueued: (node: string) => void },
) {
  const { config, database, keys, logger, host } = context;
  const { maxAttempts } = config;
  const agent = new Deriver(keys.agent);
  const session = new Session({ rows, agent });
  const calls = {
    hello: new Hello({ database, agent, rows, host, onQueued, timing: config, maxAttempts }),
    ready: new Ready({ database, rows, session, timing: config }),
    report: new Report({ database, rows, session, logger, timing: config }),
    next: new Next({ agent, session, signals, holdMs: config.nextHoldMs }),
  };
  const server = agentServer(calls, logger);
  await server.listen({ host: config.provisioningAddress, port: config.provisioningPort });
  const { address, port } = server.server.address() as AddressInfo;
  const provisioningUrl = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  context.details({ provisioningUrl });
  logger.info({ provisioningUrl }, 'ramdisks are answered');
  return server;
}
