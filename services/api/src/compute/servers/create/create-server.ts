import { randomBytes, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { eventOf, scheduler } from '@metalcast/contracts';
import type { Outgoing } from '@metalcast/db';
import { insertBuilds, type CommonColumns, type OwnColumns } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { newReservationId } from '@metalcast/domain';
import { Sealer } from '@metalcast/keys';
import { castMessage } from '@metalcast/rpc';
import type { ApiConfig, ApiKeys } from '../../../config.js';
import { API_CONFIG, API_KEYS } from '../../../context/injection-tokens.js';
import { messageContext, type Caller } from '../../../http/access/caller.js';
import { groupMissing } from '../../../placement/placements.js';
import type { CreateServer } from '../servers.schema.js';
import { countOf } from './multi-create.js';
import { displayNameOf, hostnameOfMany } from './names-of-many.js';
import { RequestResolver, type ResolvedRequest } from './request-resolver.js';

export interface CreatedServers {
  readonly reservationId: string;
  /** The uuid of the first server. */
  readonly first: string;
  readonly adminPass: string;
}

const passwordBytes = 12;

/**
 * Accepts requests for servers: all rows, build operations and messages, or nothing. The number of statements does not
 * depend on the number of servers.
 */
@Injectable()
export class CreateServers {
  private readonly secrets: Sealer;

  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(RequestResolver) private readonly resolver: RequestResolver,
    @Inject(API_CONFIG)
    private readonly config: Pick<
      ApiConfig,
      'maxServersPerRequest' | 'multiInstanceDisplayNameTemplate'
    >,
    @Inject(API_KEYS) { instancePublic }: Pick<ApiKeys, 'instancePublic'>,
  ) {
    this.secrets = new Sealer(instancePublic);
  }

  /** Faults: BAD_REQUEST (volumes, counts), and those of `RequestResolver`. */
  async create(request: CreateServer, caller: Caller): Promise<CreatedServers> {
    const total = countOf(request, this.config.maxServersPerRequest);
    const resolved = await this.resolver.resolve(request, caller);
    const reservationId = newReservationId();
    const adminPass = request.adminPass ?? randomBytes(passwordBytes).toString('base64url');
    const common = commonColumns(request, caller, { ...resolved, reservationId });
    const each = await Promise.all(
      Array.from({ length: total }, (_, index) =>
        this.ownColumns(request, adminPass, { index, total }),
      ),
    );
    await this.insert(common, each, caller);
    return { reservationId, first: each[0]?.uuid ?? '', adminPass };
  }

  private async insert(
    common: CommonColumns,
    each: readonly OwnColumns[],
    caller: Caller,
  ): Promise<void> {
    const requester = messageContext(caller);
    const announce = (out: Outgoing): void => {
      for (const { uuid: subject, displayName: name } of each) {
        const about = { subject, requestId: caller.requestId };
        out.emit(eventOf('instanceCreated', about, { name, project_id: common.projectId }));
        const args = { request_spec: { instance_uuids: [subject] } };
        out.cast(subject, castMessage(scheduler, 'runInstance', args, requester));
      }
    };
    if (!(await insertBuilds(this.database, { common, each, requester }, announce))) {
      throw groupMissing(common.serverGroupId ?? '');
    }
  }

  private async ownColumns(
    request: CreateServer,
    adminPass: string,
    { index, total }: { readonly index: number; readonly total: number },
  ): Promise<OwnColumns> {
    const uuid = randomUUID();
    const template = total === 1 ? '%(name)s' : this.config.multiInstanceDisplayNameTemplate;
    const one = { name: request.name, uuid, count: index + 1 };
    const { user_data: userData } = request;
    return {
      uuid,
      displayName: displayNameOf(template, one),
      hostname: hostnameOfMany(template, one),
      launchIndex: index,
      userData:
        typeof userData === 'string'
          ? await this.secrets.seal(`instances.user_data:${uuid}`, userData)
          : null,
      adminPass: await this.secrets.seal(`instances.admin_pass:${uuid}`, adminPass),
    };
  }
}

type Resolved = ResolvedRequest & { readonly reservationId: string };

const commonColumns = (
  request: CreateServer,
  { userId, projectId }: Caller,
  { flavor, image, placement, keyPair, reservationId }: Resolved,
): CommonColumns => ({
  userId,
  projectId,
  displayDescription: request.description ?? null,
  reservationId,
  imageRef: image.id,
  image,
  flavor,
  memoryMb: flavor.memory_mb,
  vcpus: flavor.vcpus,
  rootGb: flavor.root_gb,
  ephemeralGb: flavor.ephemeral_gb,
  keyName: keyPair?.name ?? null,
  keyData: keyPair?.publicKey ?? null,
  metadata: request.metadata,
  requestedNetworks: request.networks,
  ...placement,
  configDrive: request.config_drive ?? true,
});
