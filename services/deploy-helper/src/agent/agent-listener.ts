import { isIPv6, type AddressInfo } from 'node:net';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { SERVICE } from '@metalcast/service';
import type { FastifyInstance } from 'fastify';
import type { DeployHelperContext } from '../config.js';
import { agentServer, type AgentCalls } from './agent-server.js';

/** Token of the `AgentCalls`. */
export const AGENT_CALLS = Symbol('agent calls');

/** Listens for ramdisks, and publishes the URL to `boot` by the heartbeat. */
@Injectable()
export class AgentListener implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly server: FastifyInstance;

  constructor(
    @Inject(SERVICE) private readonly service: DeployHelperContext,
    @Inject(AGENT_CALLS) calls: AgentCalls,
  ) {
    this.server = agentServer(calls, service.logger);
  }

  async onApplicationBootstrap(): Promise<void> {
    const { server } = this;
    const { config, logger } = this.service;
    await server.listen({ host: config.provisioningAddress, port: config.provisioningPort });
    const { address, port } = server.server.address() as AddressInfo;
    const provisioningUrl = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
    this.service.details({ provisioningUrl });
    logger.info({ provisioningUrl }, 'ramdisks are answered');
  }

  /** After the workers have ended and with them the requests that are held open. */
  async onApplicationShutdown(): Promise<void> {
    await this.server.close();
  }
}
