import { randomBytes, randomUUID } from 'node:crypto';
import {
  eventOf,
  scheduler,
  snapshotOfFlavor,
  type FlavorSnapshot,
  type ImageSnapshot,
} from '@metalcast/contracts';
import {
  insertBuild,
  type Database,
  type Instance,
  type KeyPair,
  type Prisma,
  type Secrets,
} from '@metalcast/db';
import { Fault, newReservationId } from '@metalcast/domain';
import { castMessage } from '@metalcast/rpc';
import { messageContext, type Caller } from '../../http/caller.js';
import type { Flavors } from '../flavors/flavors.js';
import { refuseVolumes } from './boot-volume.js';
import type { BootImages } from './boot-images.js';
import { countOf } from './multi-create.js';
import { namedInBody } from './named-in-body.js';
import { displayNameOf, hostnameOfMany } from './names-of-many.js';
import { requireGroup, type Placement, type Placements } from './placements.js';
import { checkNetworks } from './requested-networks.js';
import { refuseVainPromise } from './promised-sign.js';
import type { CreateServer } from './servers.schema.js';

export interface CreatedServers {
  readonly reservationId: string;
  readonly first: Instance;
  readonly adminPass: string;
}

const passwordBytes = 12;

export interface CreateServersUses {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly flavors: Flavors;
  readonly images: BootImages;
  readonly placements: Placements;
  /** Of the names of servers that were asked for together. */
  readonly nameTemplate: string;
}

/** Accepts requests for servers: rows, build operations and messages in one transaction, or nothing. */
export class CreateServers {
  constructor(private readonly uses: CreateServersUses) {}

  /**
   * Faults: BAD_REQUEST (flavor, image, key, zone, hints), FORBIDDEN (a forced host), IMAGE_TOO_LARGE, those of
   * `checkNetworks`.
   */
  async create(request: CreateServer, caller: Caller): Promise<CreatedServers> {
    refuseVolumes(request.block_device_mapping_v2);
    const total = countOf(request);
    const flavor = await this.flavorOf(request.flavorRef, caller);
    const image = await this.uses.images.forFlavor(request.imageRef, flavor, caller);
    refuseVainPromise(image, request.config_drive ?? true);
    const placement = await this.uses.placements.of(
      request.availability_zone,
      request.hints,
      caller,
    );
    const keyPair = await this.keyPairOf(request.key_name, caller);
    await checkNetworks(this.uses.database.prisma, request.networks, caller);
    const reservationId = newReservationId();
    const adminPass = request.adminPass ?? randomBytes(passwordBytes).toString('base64url');
    const rows = Array.from({ length: total }, (_, index) =>
      this.row(
        { request, caller, flavor, image, placement, keyPair, reservationId, adminPass },
        index,
        total,
      ),
    );
    const instances = await this.insert(rows, placement, caller);
    const [first] = instances;
    if (first === undefined) {
      throw new Error('no instance was made');
    }
    return { reservationId, first, adminPass };
  }

  private async insert(
    rows: readonly Prisma.InstanceUncheckedCreateInput[],
    { schedulerHints }: Placement,
    caller: Caller,
  ): Promise<Instance[]> {
    const context = messageContext(caller);
    return this.uses.database.transaction(async ({ sql, out }) => {
      await requireGroup(sql, schedulerHints.group, caller);
      const instances: Instance[] = [];
      for (const data of rows) {
        const instance = await sql.instance.create({ data });
        const { uuid: subject, displayName: name, projectId } = instance;
        await insertBuild(sql, instance, context);
        const about = { subject, requestId: caller.requestId };
        out.emit(eventOf('instanceCreated', about, { name, project_id: projectId }));
        const args = { request_spec: { instance_uuids: [subject] } };
        out.cast(subject, castMessage(scheduler, 'runInstance', args, context));
        instances.push(instance);
      }
      return instances;
    });
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

  private row(
    { request, caller, flavor, image, placement, keyPair, reservationId, adminPass }: Wanted,
    index: number,
    total: number,
  ): Prisma.InstanceUncheckedCreateInput {
    const uuid = randomUUID();
    const template = total === 1 ? '%(name)s' : this.uses.nameTemplate;
    const one = { name: request.name, uuid, count: index + 1 };
    const { user_data: userData } = request;
    return {
      uuid,
      userId: caller.userId,
      projectId: caller.projectId,
      displayName: displayNameOf(template, one),
      displayDescription: request.description ?? null,
      hostname: hostnameOfMany(template, one),
      reservationId,
      launchIndex: index,
      imageRef: image.id,
      image: image as unknown as Prisma.InputJsonObject,
      flavor: flavor,
      memoryMb: flavor.memory_mb,
      vcpus: flavor.vcpus,
      rootGb: flavor.root_gb,
      ephemeralGb: flavor.ephemeral_gb,
      keyName: keyPair?.name ?? null,
      keyData: keyPair?.publicKey ?? null,
      metadata: request.metadata,
      requestedNetworks: request.networks,
      ...placement,
      schedulerHints: placement.schedulerHints as Prisma.InputJsonObject,
      configDrive: request.config_drive ?? true,
      userData:
        typeof userData === 'string'
          ? this.uses.secrets.encrypt(`instances.user_data:${uuid}`, userData)
          : null,
      adminPass: this.uses.secrets.encrypt(`instances.admin_pass:${uuid}`, adminPass),
      vmState: 'building',
      taskState: 'scheduling',
    };
  }
}

interface Wanted {
  readonly request: CreateServer;
  readonly caller: Caller;
  readonly flavor: FlavorSnapshot;
  readonly image: ImageSnapshot;
  readonly placement: Placement;
  readonly keyPair: KeyPair | undefined;
  readonly reservationId: string;
  readonly adminPass: string;
}
