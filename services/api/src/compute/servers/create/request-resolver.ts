import { Inject, Injectable } from '@nestjs/common';
import { snapshotOfFlavor, type FlavorSnapshot, type ImageSnapshot } from '@metalcast/contracts';
import type { KeyPair } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { namedInBody } from '../../../faults/named-in-body.js';
import type { Caller } from '../../../http/access/caller.js';
import { BootImages } from '../../../placement/boot-images.js';
import { Placements, type Placement } from '../../../placement/placements.js';
import { Flavors } from '../../flavors/flavors.js';
import type { CreateServer } from '../servers.schema.js';
import { rejectImpossibleFirstSign } from './promised-sign.js';
import { checkNetworks } from './requested-networks.js';

/** The resources that a request for servers names, as the servers' rows will keep them. */
export interface ResolvedRequest {
  readonly flavor: FlavorSnapshot;
  readonly image: ImageSnapshot;
  readonly placement: Placement;
  readonly keyPair: KeyPair | undefined;
}

/** Looks up the resources that a request for servers names, and refuses those that the caller cannot use. */
@Injectable()
export class RequestResolver {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Flavors) private readonly flavors: Flavors,
    @Inject(BootImages) private readonly images: BootImages,
    @Inject(Placements) private readonly placements: Placements,
  ) {}

  /**
   * Faults: BAD_REQUEST (flavor, key, zone, hints), FORBIDDEN (a forced host), those of `BootImages.forServer` and of
   * `checkNetworks`.
   */
  async resolve(request: CreateServer, caller: Caller): Promise<ResolvedRequest> {
    const flavor = await this.flavorOf(request.flavorRef, caller);
    const configDrive = request.config_drive ?? true;
    const image = await this.images.forServer(request.imageRef, { flavor, configDrive }, caller);
    rejectImpossibleFirstSign(image, configDrive);
    const { availability_zone: zone, hints, key_name: keyName } = request;
    const placement = await this.placements.of(zone, hints, caller);
    const keyPair = await this.keyPairOf(keyName, caller);
    await checkNetworks(this.database.prisma, request.networks, caller);
    return { flavor, image, placement, keyPair };
  }

  private async flavorOf(id: string, caller: Caller): Promise<FlavorSnapshot> {
    return snapshotOfFlavor(await namedInBody(this.flavors.find(id, caller)));
  }

  private async keyPairOf(
    name: string | null | undefined,
    { userId }: Caller,
  ): Promise<KeyPair | undefined> {
    if (typeof name !== 'string') {
      return undefined;
    }
    const keyPair = await this.database.prisma.keyPair.findUnique({
      where: { userId_name: { userId, name } },
    });
    if (keyPair === null) {
      throw new Fault('BAD_REQUEST', { reason: 'Invalid key_name provided.' });
    }
    return keyPair;
  }
}
