import { Controller, Get, Inject } from '@nestjs/common';
import { listServices, type ServiceWithState } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Policy } from '../../http/access/policy.decorator.js';
import { openstackMicroTime } from '../../http/answers/openstack-time.js';
import { isLive, listZones } from './zones.js';

const internalZone = 'internal';

@Controller('compute/v2.1/os-availability-zone')
export class AvailabilityZonesController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  @Get()
  @Policy('os_compute_api:os-availability-zone:list')
  async list(): Promise<object> {
    const zones = await listZones(this.database);
    return {
      availabilityZoneInfo: zones.map(({ name, available }) => ({
        zoneName: name,
        zoneState: { available },
        hosts: null,
      })),
    };
  }

  @Get('detail')
  @Policy('os_compute_api:os-availability-zone:detail')
  async detail(): Promise<object> {
    const zones = await listZones(this.database);
    const services = await listServices(this.database);
    const internal = services.filter(({ zone }) => zone === internalZone);
    const all = [
      { name: internalZone, available: internal.some(isLive), services: internal },
      ...zones,
    ];
    return {
      availabilityZoneInfo: all.map((zone) => ({
        zoneName: zone.name,
        zoneState: { available: zone.available },
        hosts: hostsView(zone.services),
      })),
    };
  }
}

function hostsView(services: readonly ServiceWithState[]): object {
  const hosts = new Map<string, Record<string, object>>();
  for (const { host, binary, up, disabled, lastSeen } of services) {
    const state = { available: up, active: !disabled, updated_at: openstackMicroTime(lastSeen) };
    hosts.set(host, { ...hosts.get(host), [binary]: state });
  }
  return Object.fromEntries(hosts);
}
