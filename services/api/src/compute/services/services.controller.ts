import { Body, Controller, Get, HttpCode, Inject, Param, Put, Query } from '@nestjs/common';
import { listServices, type ServiceWithState } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { AdminOnly } from '../../http/access.js';
import type { Microversion } from '../../http/microversion.js';
import { RequestVersion } from '../../http/microversion.js';
import { zod } from '../../http/zod-pipe.js';

/** The openstack client spells an absent filter `None`. */
const filter = z
  .string()
  .optional()
  .transform((text) => (text === 'None' || text === '' ? undefined : text));

const listQuery = z.object({ binary: filter, host: filter });

const change = z.object({
  host: z.string().min(1).max(255),
  binary: z.string().min(1).max(255),
  disabled_reason: z.string().trim().min(1).max(255).optional(),
});

const actions = ['enable', 'disable', 'disable-log-reason'];

@Controller('compute/v2.1/os-services')
@AdminOnly('os_compute_api:os-services')
export class ServicesController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  @Get()
  async list(
    @Query(zod(listQuery)) { binary, host }: z.output<typeof listQuery>,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const services = await listServices(this.database, binary);
    const wanted = services.filter((service) => host === undefined || service.host === host);
    return { services: wanted.map((service) => view(service, version)) };
  }

  @Put(':action')
  @HttpCode(200)
  async change(
    @Param('action') action: string,
    @Body(zod(change)) { host, binary, disabled_reason: reason }: z.output<typeof change>,
  ): Promise<object> {
    if (!actions.includes(action)) {
      throw new Fault('NOT_FOUND', { what: 'Action', id: action });
    }
    if (action === 'disable-log-reason' && reason === undefined) {
      throw new Fault('BAD_REQUEST', { reason: 'Missing disabled_reason field' });
    }
    const disabled = action !== 'enable';
    const { count } = await this.database.prisma.service.updateMany({
      where: { host, binary },
      data: { disabled, disabledReason: disabled ? (reason ?? null) : null },
    });
    if (count === 0) {
      throw new Fault('NOT_FOUND', { what: 'Service', id: `${binary} on host ${host}` });
    }
    const status = disabled ? 'disabled' : 'enabled';
    return {
      service: {
        host,
        binary,
        status,
        ...(reason === undefined ? {} : { disabled_reason: reason }),
      },
    };
  }
}

const view = (service: ServiceWithState, version: Microversion): object => ({
  id: service.id,
  binary: service.binary,
  host: service.host,
  zone: service.zone,
  status: service.disabled ? 'disabled' : 'enabled',
  state: service.up ? 'up' : 'down',
  updated_at: service.lastSeen.toISOString().replace('Z', '000'),
  disabled_reason: service.disabledReason,
  ...(version.since(11) ? { forced_down: false } : {}),
});
