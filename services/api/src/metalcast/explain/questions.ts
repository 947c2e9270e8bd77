import { Inject, Injectable } from '@nestjs/common';
import {
  filterProperties,
  flavorSnapshot,
  imageSnapshot,
  schedulerHints,
  triedNode,
  type ArgsIn,
  type scheduler,
  snapshotOfFlavor,
} from '@metalcast/contracts';
import type { Instance } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import type { FlavorWithSpecs } from '@metalcast/db/placement';
import { Fault, isUuid } from '@metalcast/domain';
import { z } from 'zod';
import { BootImages } from '../../placement/boot-images.js';
import { Placements } from '../../placement/placements.js';
import type { Caller } from '../../http/access/caller.js';
import type { ExplainWish } from './explain.schema.js';

type Question = ArgsIn<typeof scheduler, 'explain'>['question'];

/** Turns an operator's request into a question for the scheduler: names become ids. */
@Injectable()
export class Questions {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(BootImages) private readonly images: BootImages,
    @Inject(Placements) private readonly placements: Placements,
  ) {}

  /** Fault BAD_REQUEST names what does not exist. */
  async of(wish: ExplainWish, caller: Caller): Promise<Question> {
    return wish.server === undefined
      ? this.ofWish(wish, caller)
      : this.ofServer(await this.serverOf(wish.server));
  }

  private async ofWish(wish: ExplainWish, caller: Caller): Promise<Question> {
    const projectId = wish.project_id ?? caller.projectId;
    const flavor = snapshotOfFlavor(await this.flavorOf(wish.flavor ?? ''));
    const server = { flavor, configDrive: true };
    const image =
      typeof wish.image === 'string'
        ? await this.images.forServer(await this.imageId(wish.image), server, caller)
        : null;
    const inProject = { ...caller, projectId };
    const placement = await this.placements.of(wish.availability_zone, wish.hints, inProject);
    return {
      flavor,
      image,
      project_id: projectId,
      availability_zone: placement.availabilityZone,
      forced_host: placement.forcedHost,
      forced_node: placement.forcedNode,
      hints: placement.schedulerHints,
      tried: [],
    };
  }

  private async ofServer(instance: Instance): Promise<Question> {
    const build = await this.database.prisma.operation.findFirst({
      where: { instanceUuid: instance.uuid, kind: 'build' },
      orderBy: { createdAt: 'desc' },
    });
    const tried = z.array(triedNode).parse(build?.nodesTried ?? []);
    return {
      flavor: flavorSnapshot.parse(instance.flavor),
      image: imageSnapshot.parse(instance.image),
      config_drive: instance.configDrive,
      project_id: instance.projectId,
      availability_zone: instance.availabilityZone,
      forced_host: instance.forcedHost,
      forced_node: instance.forcedNode,
      hints: schedulerHints.parse(instance.schedulerHints),
      tried: tried.map(({ node }) => node),
      server: instance.uuid,
      filter_properties: filterProperties.parse(build?.filterProperties ?? {}),
    };
  }

  private async serverOf(uuid: string): Promise<Instance> {
    const instance = await this.database.prisma.instance.findFirst({
      where: { uuid, deletedAt: null },
    });
    return instance ?? unknown('Server', uuid);
  }

  /** An id goes before a name. */
  private async flavorOf(key: string): Promise<FlavorWithSpecs> {
    const found = await this.database.prisma.flavor.findMany({
      where: { OR: [{ flavorid: key }, { name: key }] },
      include: { extraSpecs: true },
    });
    return found.find(({ flavorid }) => flavorid === key) ?? found[0] ?? unknown('Flavor', key);
  }

  private async imageId(key: string): Promise<string> {
    if (isUuid(key)) {
      return key;
    }
    const [image, another] = await this.database.prisma.image.findMany({
      where: { name: key },
      take: 2,
    });
    if (another !== undefined) {
      throw badRequest(`More than one image has the name ${key}; give an id.`);
    }
    return image?.id ?? unknown('Image', key);
  }
}

const badRequest = (reason: string): Fault => new Fault('BAD_REQUEST', { reason });

function unknown(what: string, key: string): never {
  throw badRequest(`${what} ${key} could not be found.`);
}
