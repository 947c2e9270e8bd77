import { Controller, Get, Inject } from '@nestjs/common';
import { ModelDatabase } from '@metalcast/db/models';
import { Policy } from '../../http/access/policy.decorator.js';
import { IgnoredQuery } from '../../http/requests/unread-query.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';

const unlimited = -1;

/** The usage of a project. There are no quotas, so every limit is unlimited. */
@Controller('compute/v2.1')
export class LimitsController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  @Get('limits')
  @IgnoredQuery('reserved', 'tenant_id')
  @Policy('os_compute_api:limits')
  async limits(@CurrentCaller() { projectId }: Caller): Promise<object> {
    const used = await this.database.prisma.instance.aggregate({
      where: { projectId, deletedAt: null },
      _count: true,
      _sum: { vcpus: true, memoryMb: true },
    });
    const absolute = {
      maxTotalInstances: unlimited,
      maxTotalCores: unlimited,
      maxTotalRAMSize: unlimited,
      maxServerMeta: 128,
      maxTotalKeypairs: unlimited,
      totalInstancesUsed: used._count,
      totalCoresUsed: used._sum.vcpus ?? 0,
      totalRAMUsed: used._sum.memoryMb ?? 0,
    };
    return { limits: { rate: [], absolute } };
  }

  /** There are no optional extensions: everything belongs to the API itself. */
  @Get('extensions')
  @Policy('os_compute_api:extensions')
  extensions(): object {
    return { extensions: [] };
  }
}
