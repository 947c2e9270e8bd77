import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { eventOf } from '@metalcast/contracts';
import { isUniqueViolation } from '@metalcast/db';
import {
  findShownNodes,
  findTaken,
  insertNodes,
  type NewInterface,
  type NewNode,
  type NodeClaims,
  type ShownNode,
} from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import { Sealer } from '@metalcast/keys';
import type { ApiConfig, ApiKeys } from '../config.js';
import { API_CONFIG, API_KEYS } from '../context/injection-tokens.js';
import type { Caller } from '../http/access/caller.js';
import { ClaimedTwice } from './claimed-twice.js';
import { refuseKeptRoot } from './disk-marks.js';
import { nodeColumns, sealedPassword, type Enrolment } from './enrolment.js';
import { bmcColumns } from './power-enrolment.js';
import { heldReason } from './taken.js';

/** A machine that an operator wants enrolled. */
export interface NodeWish {
  readonly enrolment: Enrolment;
  readonly interfaces: readonly NewInterface[];
}

/** A node to be made, and its place in the request. */
interface Draft {
  readonly place: number;
  readonly node: NewNode;
  readonly claims: NodeClaims;
}

/**
 * How often other requests may take the same names or addresses first; each time the conflicting nodes are found anew.
 */
const maxTries = 5;

/** Enrols machines: each with its interfaces and its BMC, or not at all. */
@Injectable()
export class Enrolments {
  private readonly passwords: Sealer;

  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(API_KEYS) { bmcPublic }: Pick<ApiKeys, 'bmcPublic'>,
    @Inject(API_CONFIG) private readonly config: Pick<ApiConfig, 'powerDrivers'>,
  ) {
    this.passwords = new Sealer(bmcPublic);
  }

  /**
   * All or nothing. A uuid whose node was removed can come back. Faults BAD_REQUEST (power enrolment, disks' marks),
   * CONFLICT (uuid, name, MAC or BMC taken).
   */
  async enrol(wish: NodeWish, caller: Caller): Promise<ShownNode> {
    const [enrolled] = await this.enrolAll([wish], caller);
    if (enrolled === undefined || enrolled instanceof Fault) {
      throw enrolled ?? new Error('nothing was enrolled');
    }
    return enrolled;
  }

  /**
   * Of each wish, in their order, the node or why there is none: the faults of `enrol`, or that which stands in its
   * place. Of two that would share a value the first gets it. As many statements for a thousand as for one.
   */
  async enrolAll(
    wishes: readonly (NodeWish | Fault)[],
    { requestId }: Caller,
  ): Promise<(ShownNode | Fault)[]> {
    const faults = new Map<number, Fault>();
    let open = await this.drafts(wishes, faults);
    for (let tries = 0; open.length > 0 && tries < maxTries; tries += 1) {
      const enrolled = await this.insert(open, requestId);
      if (enrolled !== undefined) {
        return results(wishes.length, enrolled, faults);
      }
      open = await this.withoutTaken(open, faults);
    }
    return results(wishes.length, new Map(), faults);
  }

  private async drafts(
    wishes: readonly (NodeWish | Fault)[],
    faults: Map<number, Fault>,
  ): Promise<Draft[]> {
    const claimed = new ClaimedTwice();
    const drafts = await Promise.all(wishes.map((wish, place) => this.draftOrFault(wish, place)));
    return drafts.flatMap((draft, place) => {
      if (draft instanceof Fault) {
        faults.set(place, draft);
        return [];
      }
      const reason = claimed.reasonOf(draft.claims, place + 1);
      if (reason !== undefined) {
        faults.set(place, new Fault('CONFLICT', { reason }));
        return [];
      }
      return [draft];
    });
  }

  private draftOrFault(wish: NodeWish | Fault, place: number): Promise<Draft | Fault> {
    return this.draft(wish, place).catch((error: unknown) => {
      if (error instanceof Fault) {
        return error;
      }
      throw error;
    });
  }

  private async draft(wish: NodeWish | Fault, place: number): Promise<Draft> {
    if (wish instanceof Fault) {
      throw wish;
    }
    const { enrolment, interfaces } = wish;
    const uuid = (enrolment.uuid ?? randomUUID()).toLowerCase();
    const secret = await sealedPassword(uuid, enrolment, this.passwords);
    const given = { ...nodeColumns(enrolment), ...secret };
    const bmc = bmcColumns(given, {
      drivers: this.config.powerDrivers,
      password: enrolment.pmPassword,
    });
    refuseKeptRoot(enrolment.rootDevice ?? null, enrolment.keepDisks ?? []);
    const { cpus, memoryMb, localGb, rootDevice = null } = enrolment;
    const sizes = { cpus, memoryMb, localGb };
    const node = { ...given, ...sizes, ...bmc, uuid, rootDevice, interfaces } as NewNode;
    const macs = interfaces.map(({ address }) => address);
    return { place, node, claims: { uuid, bmc, macs, name: enrolment.name } };
  }

  /** All of them, as they then are by their places; undefined: none, another node has what one of them asks for. */
  private async insert(
    drafts: readonly Draft[],
    requestId: string,
  ): Promise<ReadonlyMap<number, ShownNode> | undefined> {
    try {
      return await this.database.transaction(async ({ sql, out }) => {
        await insertNodes(
          sql,
          drafts.map(({ node }) => node),
        );
        for (const { node } of drafts) {
          const { uuid: subject, name = null } = node;
          out.emit(eventOf('nodeEnrolled', { subject, requestId }, { name }));
        }
        const nodes = await findShownNodes(
          sql,
          drafts.map(({ node: { uuid } }) => uuid),
        );
        return new Map(
          drafts.flatMap(({ place, node: { uuid } }) => {
            const node = nodes.get(uuid);
            return node === undefined ? [] : [[place, node] as const];
          }),
        );
      });
    } catch (error) {
      if (!isUniqueViolation(error)) {
        throw error;
      }
      return undefined;
    }
  }

  private async withoutTaken(
    drafts: readonly Draft[],
    faults: Map<number, Fault>,
  ): Promise<Draft[]> {
    const taken = await findTaken(
      this.database,
      drafts.map(({ claims }) => claims),
    );
    return drafts.filter(({ place, claims }, index) => {
      const held = taken[index];
      const reason = held && heldReason(claims, held);
      if (reason !== undefined) {
        faults.set(place, new Fault('CONFLICT', { reason }));
      }
      return reason === undefined;
    });
  }
}

const results = (
  count: number,
  enrolled: ReadonlyMap<number, ShownNode>,
  faults: ReadonlyMap<number, Fault>,
): (ShownNode | Fault)[] =>
  Array.from(
    { length: count },
    (_, place) => enrolled.get(place) ?? faults.get(place) ?? overtaken(),
  );

const overtaken = (): Fault =>
  new Fault('CONFLICT', { reason: 'Other requests take what this one asks for; try again.' });
