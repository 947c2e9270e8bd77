import { Controller, Get, Inject, Param } from '@nestjs/common';
import { Database } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { AdminOnly } from '../../http/access.js';
import type { Microversion } from '../../http/microversion.js';
import { RequestVersion } from '../../http/microversion.js';
import { Hypervisors, type Hypervisor } from './hypervisors.js';
import { hypervisorSummary, hypervisorView, statistics } from './hypervisors.view.js';

/** Nodes as hypervisors: the compute API that shows a node's uuid. */
@Controller('compute/v2.1/os-hypervisors')
@AdminOnly('os_compute_api:os-hypervisors')
export class HypervisorsController {
  constructor(
    @Inject(Hypervisors) private readonly hypervisors: Hypervisors,
    @Inject(Database) private readonly database: Database,
  ) {}

  @Get()
  async list(): Promise<object> {
    return { hypervisors: (await this.hypervisors.list()).map(hypervisorSummary) };
  }

  @Get('detail')
  async detail(@RequestVersion() version: Microversion): Promise<object> {
    const all = await this.hypervisors.list();
    return { hypervisors: all.map((hypervisor) => hypervisorView(hypervisor, version)) };
  }

  @Get('statistics')
  async statistics(): Promise<object> {
    return { hypervisor_statistics: statistics(await this.hypervisors.list()) };
  }

  @Get(':id')
  async show(@Param('id') id: string, @RequestVersion() version: Microversion): Promise<object> {
    return { hypervisor: hypervisorView(await this.hypervisors.find(id), version) };
  }

  @Get(':id/uptime')
  async uptime(@Param('id') id: string): Promise<never> {
    await this.hypervisors.find(id);
    throw new Fault('NOT_IMPLEMENTED', { reason: 'A bare-metal node does not tell its uptime.' });
  }

  @Get(':pattern/search')
  async search(@Param('pattern') pattern: string): Promise<object> {
    return { hypervisors: (await this.matching(pattern)).map(hypervisorSummary) };
  }

  /** The servers of each matching node, and of it alone (2013 listed those of the whole host). */
  @Get(':pattern/servers')
  async servers(@Param('pattern') pattern: string): Promise<object> {
    const matching = await this.matching(pattern);
    const instances = await this.database.prisma.instance.findMany({
      where: { uuid: { in: matching.flatMap(({ node }) => node.instanceUuid ?? []) } },
    });
    const hypervisors = matching.map((hypervisor) => ({
      ...hypervisorSummary(hypervisor),
      servers: instances
        .filter(({ uuid }) => uuid === hypervisor.node.instanceUuid)
        .map(({ uuid, displayName }) => ({ uuid, name: displayName })),
    }));
    return { hypervisors };
  }

  private async matching(pattern: string): Promise<Hypervisor[]> {
    const all = await this.hypervisors.list();
    const found = all.filter(({ node }) => node.uuid.includes(pattern.toLowerCase()));
    if (found.length === 0) {
      throw new Fault('NOT_FOUND', { what: 'Hypervisor matching', id: pattern });
    }
    return found;
  }
}
