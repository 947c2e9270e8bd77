import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { Prisma, type Flavor } from '@metalcast/db';
import { Fault, ownValue } from '@metalcast/domain';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { Links } from '../../http/answers/links.js';
import { Paging } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { isAllowed } from '../../policy/policy.js';
import { createFlavor, extraSpecs, listFlavors, oneExtraSpec } from './flavors.schema.js';
import { Flavors, noSpec } from './flavors.js';
import { flavorSummary, flavorView, specsOf } from './flavors.view.js';

type ListFlavors = z.output<typeof listFlavors>;

@Controller('compute/v2.1/flavors')
export class FlavorsController {
  constructor(
    @Inject(Flavors) private readonly flavors: Flavors,
    @Inject(Links) private readonly links: Links,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  @Get()
  @Policy('os_compute_api:flavors')
  async list(
    @Query(zod(listFlavors)) query: ListFlavors,
    @RequestUrl() url: string,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    return this.listed(query, { url, caller, view: flavorSummary });
  }

  @Get('detail')
  @Policy('os_compute_api:flavors')
  async detail(
    @Query(zod(listFlavors)) query: ListFlavors,
    @RequestUrl() url: string,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    return this.listed(query, { url, caller, view: flavorView });
  }

  private listed(
    query: ListFlavors,
    { url, caller, view }: { url: string; caller: Caller; view: typeof flavorView },
  ): Promise<object> {
    const visible = visibleTo(caller);
    const where = filterOf(query, caller);
    const { marker } = query;
    return this.paging.answer<Flavor>({
      name: 'flavors',
      ...{ query, url },
      read: (take) => this.flavors.list({ visible, where, marker, take }),
      view: (flavor) => view(this.links, flavor),
      keyOf: ({ flavorid }) => flavorid,
    });
  }

  @Get(':id')
  @Policy('os_compute_api:flavors')
  async show(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    return { flavor: flavorView(this.links, await this.flavors.find(id, caller)) };
  }

  @Post()
  @Policy('os_compute_api:os-flavor-manage:create')
  @HttpCode(200)
  async create(
    @Body(zod(createFlavor)) { flavor }: z.output<typeof createFlavor>,
  ): Promise<object> {
    const created = await this.flavors.create({
      flavorid: flavor.id,
      name: flavor.name,
      memoryMb: flavor.ram,
      vcpus: flavor.vcpus,
      rootGb: flavor.disk,
      ephemeralGb: flavor['OS-FLV-EXT-DATA:ephemeral'],
      swap: flavor.swap,
      rxtxFactor: flavor.rxtx_factor,
      isPublic: flavor['os-flavor-access:is_public'],
      description: flavor.description ?? null,
    });
    return { flavor: flavorView(this.links, created) };
  }

  @Delete(':id')
  @Policy('os_compute_api:os-flavor-manage:delete')
  @HttpCode(202)
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.flavors.remove(await this.flavors.find(id, caller));
  }

  @Get(':id/os-extra_specs')
  @Policy('os_compute_api:os-flavor-extra-specs:index')
  async specs(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<object> {
    return { extra_specs: specsOf(await this.flavors.find(id, caller)) };
  }

  @Post(':id/os-extra_specs')
  @Policy('os_compute_api:os-flavor-extra-specs:create')
  @HttpCode(200)
  async setSpecs(
    @Param('id') id: string,
    @Body(zod(extraSpecs)) { extra_specs: specs }: z.output<typeof extraSpecs>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    await this.flavors.setSpecs(await this.flavors.find(id, caller), specs);
    return { extra_specs: specs };
  }

  @Get(':id/os-extra_specs/:key')
  @Policy('os_compute_api:os-flavor-extra-specs:show')
  async spec(
    @Param('id') id: string,
    @Param('key') key: string,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const flavor = await this.flavors.find(id, caller);
    const specs = specsOf(flavor);
    if (!Object.hasOwn(specs, key)) {
      throw noSpec(flavor, key);
    }
    return { [key]: ownValue(specs, key) };
  }

  @Put(':id/os-extra_specs/:key')
  @Policy('os_compute_api:os-flavor-extra-specs:update')
  async setSpec(
    @Param('id') id: string,
    @Param('key') key: string,
    @Body(zod(oneExtraSpec)) body: z.output<typeof oneExtraSpec>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    if (Object.keys(body).join() !== key) {
      throw new Fault('BAD_REQUEST', { reason: 'Request body and URI mismatch' });
    }
    await this.flavors.setSpecs(await this.flavors.find(id, caller), body);
    return body;
  }

  @Delete(':id/os-extra_specs/:key')
  @Policy('os_compute_api:os-flavor-extra-specs:delete')
  @HttpCode(200)
  async removeSpec(
    @Param('id') id: string,
    @Param('key') key: string,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.flavors.removeSpec(await this.flavors.find(id, caller), key);
  }
}

/** Flavors that are not public are for administrators, and for the projects that may use them. */
const visibleTo = (caller: Caller): Prisma.Sql =>
  isAllowed('os_compute_api:os-flavor-access', caller)
    ? Prisma.sql`true`
    : Prisma.sql`(is_public OR id IN (SELECT flavor_id FROM flavor_access WHERE project_id = ${caller.projectId}))`;

/** Only administrators can choose by `is_public`; for others the parameter has no effect, as in Nova. */
function filterOf({ is_public: wanted, minRam, minDisk }: ListFlavors, caller: Caller): Prisma.Sql {
  const mayChoose = isAllowed('os_compute_api:os-flavor-access', caller);
  const isPublic =
    mayChoose && wanted !== 'all' ? Prisma.sql`is_public = ${wanted}` : Prisma.sql`true`;
  return Prisma.sql`NOT disabled AND ${isPublic} AND memory_mb >= ${minRam} AND root_gb >= ${minDisk}`;
}
