import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { listServices } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { queryText } from '../../http/requests/query-values.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { Microversions } from '../../http/routing/microversion.js';

/** As in Nova, an empty zone is no filter. */
const zone = queryText.transform((name) => (name === '' ? undefined : name));

const listHosts = z.strictObject({ service: queryText.optional(), zone: zone.optional() });

interface Sums {
  readonly cpu: number;
  readonly memory_mb: number;
  readonly disk_gb: number;
}

/** The hosts of services, as Nova had them before its hypervisors. */
@Controller('compute/v2.1/os-hosts')
@Policy('os_compute_api:os-hosts')
@Microversions({ until: 42 })
export class HostsController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  @Get()
  async list(@Query(zod(listHosts)) query: z.output<typeof listHosts>): Promise<object> {
    const services = await this.database.prisma.service.findMany({
      where: { expiredAt: null, ...(query.zone === undefined ? {} : { zone: query.zone }) },
      orderBy: { id: 'asc' },
    });
    const hosts = services.map(({ host, binary, zone }) => ({
      host_name: host,
      // Nova's clients know a service by what follows `nova-`.
      service: binary.replace(/^nova-/, ''),
      zone,
    }));
    return {
      hosts: hosts.filter(
        ({ service }) => query.service === undefined || service === query.service,
      ),
    };
  }

  /** What the nodes under a compute host have, and what of it is used. */
  @Get(':host')
  async show(@Param('host') host: string): Promise<object> {
    const services = await listServices(this.database, 'nova-compute');
    if (!services.some((service) => service.host === host)) {
      throw new Fault('NOT_FOUND', { what: 'Compute host', id: host });
    }
    const [total, used] = [await this.sums(host, {}), await this.sums(host, { not: null })];
    const resource = (project: string, sums: Sums): object => ({
      resource: { host, project, ...sums },
    });
    return { host: [resource('(total)', total), resource('(used_now)', used)] };
  }

  private async sums(host: string, instanceUuid: { not?: null }): Promise<Sums> {
    const { _sum } = await this.database.prisma.node.aggregate({
      where: {
        serviceHost: host,
        deletedAt: null,
        ...('not' in instanceUuid ? { instanceUuid } : {}),
      },
      _sum: { cpus: true, memoryMb: true, localGb: true },
    });
    return { cpu: _sum.cpus ?? 0, memory_mb: _sum.memoryMb ?? 0, disk_gb: _sum.localGb ?? 0 };
  }
}
