import { randomBytes, randomUUID } from 'node:crypto';
import {
  eventOf,
  scheduler,
  snapshotOfFlavor,
  type FlavorSnapshot,
  type ImageSnapshot,
} from '@metalcast/contracts';
import type { KeyPair, Outgoing } from '@metalcast/db';
import { insertBuilds, type CommonColumns, type OwnColumns } from '@metalcast/db/api';
import type { ModelDatabase } from '@metalcast/db/models';
import { Fault, newReservationId } from '@metalcast/domain';
import type { Sealer } from '@metalcast/keys';
import { castMessage } from '@metalcast/rpc';
import { messageContext, type Caller } from '../../http/caller.js';
import type { Flavors } from '../flavors/flavors.js';
import type { BootImages } from './boot-images.js';
import { countOf } from './multi-create.js';
import { namedInBody } from './named-in-body.js';
import { displayNameOf, hostnameOfMany } from './names-of-many.js';
import { groupMissing, type Placement, type Placements } from './placements.js';
import { checkNetworks } from './requested-networks.js';
import { rejectImpossibleFirstSign } from './promised-sign.js';
import type { CreateServer } from './servers.schema.js';

export interface CreatedServers {
  readonly reservationId: string;
  /** uuid of the first one. */
  readonly first: string;
  readonly adminPass: string;
}

const passwordBytes = 12;

export interface CreateServersUses {
  readonly database: ModelDatabase;
  readonly secrets: Sealer;
  readonly flavors: Flavors;
  readonly images: BootImages;
  readonly placements: Placements;
  /** Of the names of servers that were asked for together. */
  readonly nameTemplate: string;
  /** How many may be asked for together. */
  readonly maxServers: number;
}

/**
 * Accepts requests for servers: all of their rows, build operations and messages, or nothing; by so many statements,
 * however many servers.
 */
export class CreateServers {
  constructor(private readonly uses: CreateServersUses) {}

  /**
   * Faults: BAD_REQUEST (flavor, image, key, zone, hints), FORBIDDEN (a forced host), IMAGE_TOO_LARGE, those of
   * `checkNetworks`.
   */
  async create(request: CreateServer, caller: Caller): Promise<CreatedServers> {
    const total = countOf(request, this.uses.maxServers);
    const flavor = await this.flavorOf(request.flavorRef, caller);
    const image = await this.uses.images.forFlavor(request.imageRef, flavor, caller);
    rejectImpossibleFirstSign(image, request.config_drive ?? true);
    const placement = await this.uses.placements.of(
      request.availability_zone,
      request.hints,
      caller,
    );
    const keyPair = await this.keyPairOf(request.key_name, caller);
    await checkNetworks(this.uses.database.prisma, request.networks, caller);
    const reservationId = newReservationId();
    const adminPass = request.adminPass ?? randomBytes(passwordBytes).toString('base64url');
    const common = commonColumns(request, caller, {
      flavor,
      image,
      placement,
      keyPair,
      reservationId,
    });
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
    const tell = (out: Outgoing): void => {
      for (const { uuid: subject, displayName: name } of each) {
        const about = { subject, requestId: caller.requestId };
        out.emit(eventOf('instanceCreated', about, { name, project_id: common.projectId }));
        const args = { request_spec: { instance_uuids: [subject] } };
        out.cast(subject, castMessage(scheduler, 'runInstance', args, requester));
      }
    };
    if (!(await insertBuilds(this.uses.database, { common, each, requester }, tell))) {
      throw groupMissing(common.serverGroupId ?? '');
    }
  }

  private async flavorOf(id: string, caller: Caller): Promise<FlavorSnapshot> {
    return snapshotOfFlavor(await namedInBody(this.uses.flavors.find(id, caller)));
  }

  private async keyPairOf(
    name: string | null | undefined,
    { userId }: Caller,
  ): Promise<KeyPair | undefined> {
    if (typeof name !== 'string') {
      return undefined;
    }
    const keyPair = await this.uses.database.prisma.keyPair.findUnique({
      where: { userId_name: { userId, name } },
    });
    if (keyPair === null) {
      throw new Fault('BAD_REQUEST', { reason: 'Invalid key_name provided.' });
    }
    return keyPair;
  }

  private async ownColumns(
    request: CreateServer,
    adminPass: string,
    { index, total }: { readonly index: number; readonly total: number },
  ): Promise<OwnColumns> {
    const { secrets, nameTemplate } = this.uses;
    const uuid = randomUUID();
    const template = total === 1 ? '%(name)s' : nameTemplate;
    const one = { name: request.name, uuid, count: index + 1 };
    const { user_data: userData } = request;
    return {
      uuid,
      displayName: displayNameOf(template, one),
      hostname: hostnameOfMany(template, one),
      launchIndex: index,
      userData:
        typeof userData === 'string'
          ? await secrets.seal(`instances.user_data:${uuid}`, userData)
          : null,
      adminPass: await secrets.seal(`instances.admin_pass:${uuid}`, adminPass),
    };
  }
}

interface Found {
  readonly flavor: FlavorSnapshot;
  readonly image: ImageSnapshot;
  readonly placement: Placement;
  readonly keyPair: KeyPair | undefined;
  readonly reservationId: string;
}

const commonColumns = (
  request: CreateServer,
  { userId, projectId }: Caller,
  { flavor, image, placement, keyPair, reservationId }: Found,
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
