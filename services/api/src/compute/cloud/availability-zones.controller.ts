import { Controller, Get, Inject } from '@nestjs/common';
import { Database, listServices, type ServiceWithState } from '@metalcast/db';
import { defaultZone } from '@metalcast/domain';
import { AdminOnly } from '../../http/access.js';

const internalZone = 'internal';

/** Zones are those that nodes name; a zone is available while a compute service is. */
@Controller('compute/v2.1/os-availability-zone')
export class AvailabilityZonesController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get()
  async list(): Promise<object> {
    const available = (await this.computeServices()).some(isLive);
    const zones = await this.zones();
    return {
      availabilityZoneInfo: zones.map((zoneName) => ({
        zoneName,
        zoneState: { available },
        hosts: null,
      })),
    };
  }

  @Get('detail')
  @AdminOnly('os_compute_api:os-availability-zone:detail')
  async detail(): Promise<object> {
    const services = await listServices(this.database);
    const compute = services.filter(({ zone }) => zone !== internalZone);
    const internal = services.filter(({ zone }) => zone === internalZone);
    const zones = (await this.zones()).map((zone) => detailView(zone, compute));
    return { availabilityZoneInfo: [detailView(internalZone, internal), ...zones] };
  }

  private async computeServices(): Promise<ServiceWithState[]> {
    return listServices(this.database, 'nova-compute');
  }

  private async zones(): Promise<string[]> {
    const named = await this.database.prisma.node.groupBy({
      by: ['availabilityZone'],
      where: { deletedAt: null },
    });
    const names = named.map(({ availabilityZone }) => availabilityZone ?? defaultZone);
    return [...new Set([defaultZone, ...names])].sort();
  }
}

const isLive = ({ up, disabled }: ServiceWithState): boolean => up && !disabled;

function detailView(zoneName: string, services: readonly ServiceWithState[]): object {
  const hosts: Record<string, Record<string, object>> = {};
  for (const service of services) {
    const { host, binary, up, disabled, lastSeen } = service;
    const updatedAt = lastSeen.toISOString().replace('Z', '000');
    hosts[host] = {
      ...hosts[host],
      [binary]: { available: up, active: !disabled, updated_at: updatedAt },
    };
  }
  return { zoneName, zoneState: { available: services.some(isLive) }, hosts };
}
