import { Body, Controller, Get, HttpCode, Inject, Param, Put, Query } from '@nestjs/common';
import type { ServiceWithState } from '@metalcast/db';
import { servicesPage } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import type { Microversion } from '../../http/routing/microversion.js';
import { RequestVersion } from '../../http/routing/microversion.js';
import { unsortedNovaPageQuery } from '../../http/requests/page-query.js';
import { queryText } from '../../http/requests/query-values.js';
import { ServiceSwitch } from './service-switch.js';
import { Paging } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';

/** The openstack client sends `None` for a filter that is not set. */
const filter = queryText
  .optional()
  .transform((text) => (text === 'None' || text === '' ? undefined : text));

const listQuery = z.strictObject({ binary: filter, host: filter, ...unsortedNovaPageQuery });

const change = z.strictObject({
  host: z.string().min(1).max(255),
  binary: z.string().min(1).max(255),
  disabled_reason: z.string().trim().min(1).max(255).optional(),
});

const actions = ['enable', 'disable', 'disable-log-reason'];

@Controller('compute/v2.1/os-services')
@Policy('os_compute_api:os-services')
export class ServicesController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(ServiceSwitch) private readonly serviceSwitch: ServiceSwitch,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  @Get()
  async list(
    @Query(zod(listQuery)) query: z.output<typeof listQuery>,
    @RequestUrl() url: string,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const { marker } = query;
    return this.paging.answer<ServiceWithState>({
      name: 'services',
      ...{ query, url },
      read: (take) => servicesPage(this.database, query, { marker, take }),
      view: (service) => view(service, version),
      keyOf: ({ id }) => id,
    });
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
    if (!disabled && reason !== undefined) {
      throw new Fault('BAD_REQUEST', { reason: 'An enabled service has no disabled_reason' });
    }
    await this.serviceSwitch.set({ host, binary, disabled, disabledReason: reason ?? null });
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
