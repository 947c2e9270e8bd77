import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { eventOf, storedDiskHints } from '@metalcast/contracts';
import { isUniqueViolation } from '@metalcast/db';
import {
  changeNodes,
  findShownNodes,
  findTaken,
  givers,
  type LockedNode,
  type NodeClaims,
  type NodePatch,
  type ShownNode,
} from '@metalcast/db/api';
import type { NamedNode } from '@metalcast/db/bmc';
import { DbNull, ModelDatabase, type Sql, type Tx } from '@metalcast/db/models';
import { findZoneConflict, lockAggregates } from '@metalcast/db/placement';
import { Fault } from '@metalcast/domain';
import { Sealer } from '@metalcast/keys';
import type { ApiConfig, ApiKeys } from '../config.js';
import { API_CONFIG, API_KEYS } from '../context/injection-tokens.js';
import { ClaimedTwice } from './claimed-twice.js';
import { hintOf, refuseKeptRoot } from './disk-marks.js';
import { concernsBmc, nodeColumns, sealedPassword, type Enrolment } from './enrolment.js';
import { eachItem, lockSet, refuseBusy, refuseUsed, type LockedItem } from './node-set.js';
import { bmcColumns } from './power-enrolment.js';
import { heldReason } from './taken.js';

/** What is to be changed of one node. */
export interface NodeChange {
  /** Its uuid or name. */
  readonly key: string;
  readonly changes: Partial<Enrolment>;
  /** What changes, by the API's names. */
  readonly fields: readonly string[];
}

interface Draft {
  readonly key: string;
  readonly node: LockedNode;
  readonly patch: NodePatch;
  readonly claims: NodeClaims;
  readonly fields: readonly string[];
}

const changed = 'changed';

/** Changes what operators say of their machines. */
@Injectable()
export class NodeChanges {
  private readonly passwords: Sealer;

  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(API_KEYS) { bmcPublic }: Pick<ApiKeys, 'bmcPublic'>,
    @Inject(API_CONFIG) private readonly config: Pick<ApiConfig, 'powerDrivers'>,
  ) {
    this.passwords = new Sealer(bmcPublic);
  }

  /**
   * All or none; the events tell the fields, and nothing of a node that is as it shall be already. The nodes
   * afterwards, in the order of the request; as many statements for a thousand as for one. Faults, of each node that
   * has one: NOT_FOUND; BAD_REQUEST when it is named twice, or its power can't be used then; CONFLICT when the name or
   * the BMC is taken, or when a member would be in two zones; INVALID_STATE for its disks' marks while work on it is
   * under way, which goes by the marks that were there when it began; NODE_IN_USE.
   */
  async apply(
    wanted: readonly NodeChange[],
    { requestId }: { readonly requestId: string },
  ): Promise<ShownNode[]> {
    let drafts: readonly Draft[] = [];
    try {
      return await this.database.transaction(async (tx) => {
        const isMoved = wanted.some(({ changes }) => changes.serviceHost !== undefined);
        if (isMoved) {
          await lockAggregates(tx.sql);
        }
        drafts = await this.drafts(await lockSet(tx.sql, wanted, changed));
        await write(tx, drafts, requestId);
        if (isMoved) {
          await refuseTwoZones(tx.sql);
        }
        return shown(tx.sql, drafts);
      });
    } catch (error) {
      throw isUniqueViolation(error) ? await this.takenFault(drafts, error) : error;
    }
  }

  private async drafts(locked: readonly LockedItem<NodeChange>[]): Promise<Draft[]> {
    const claimed = new ClaimedTwice();
    const items = await Promise.all(
      locked.map(async ({ item, node }) => {
        const secret = await sealedPassword(node.uuid, item.changes, this.passwords);
        return { ...item, node, secret };
      }),
    );
    return eachItem(items, changed, ({ key, node, changes, fields, secret }, place) => {
      refuseWhileUsed(node, changes);
      const patch = patchOf(node, changes, { secret, drivers: this.config.powerDrivers });
      const { bmcKey, bmcEndpoints } = patch as Partial<NonNullable<NodeClaims['bmc']>>;
      const bmc =
        bmcKey === undefined || bmcEndpoints === undefined ? undefined : { bmcKey, bmcEndpoints };
      const claims = { uuid: node.uuid, name: changes.name, bmc };
      const reason = claimed.reasonOf(claims, place + 1);
      if (reason !== undefined) {
        throw new Fault('CONFLICT', { reason });
      }
      return { key, node, patch, claims, fields };
    });
  }

  /** A value that another node has is the request's mistake, not ours. */
  private async takenFault(drafts: readonly Draft[], cause: unknown): Promise<Fault> {
    const taken = await findTaken(
      this.database,
      drafts.map(({ claims }) => claims),
    );
    const names = uuidsOf(givers(drafts, 'name'));
    const bmcs = uuidsOf(givers(drafts, 'bmcKey'));
    try {
      eachItem(drafts, changed, ({ claims }, place) => {
        const held = taken[place];
        const reason =
          held &&
          heldReason(claims, {
            ...{ uuid: false, mac: held.mac },
            name: unlessAmong(names, held.name),
            bmc: unlessAmong(bmcs, held.bmc),
          });
        if (reason !== undefined) {
          throw new Fault('CONFLICT', { reason }, { cause });
        }
      });
    } catch (error) {
      return error as Fault;
    }
    // The holder may have been removed meanwhile.
    const reason = 'Another node has a value already that this request asks for.';
    return new Fault('CONFLICT', { reason }, { cause });
  }
}

async function write({ sql, out }: Tx, drafts: readonly Draft[], requestId: string): Promise<void> {
  const changedIds = await changeNodes(sql, drafts);
  for (const { node, fields } of drafts.filter(({ node: { id } }) => changedIds.has(id))) {
    const data = { fields: [...fields] };
    out.emit(eventOf('nodeChanged', { subject: node.uuid, requestId }, data));
  }
}

/** The nodes as this transaction leaves them: they are locked, so that nobody has removed one. */
async function shown(sql: Sql, drafts: readonly Draft[]): Promise<ShownNode[]> {
  const nodes = await findShownNodes(sql, [...uuidsOf(drafts)]);
  return drafts.flatMap(({ node: { uuid } }) => nodes.get(uuid) ?? []);
}

const uuidsOf = (drafts: readonly Draft[]): ReadonlySet<string> =>
  new Set(drafts.map(({ node: { uuid } }) => uuid));

const unlessAmong = (uuids: ReadonlySet<string>, holder: NamedNode | null): NamedNode | null =>
  holder !== null && uuids.has(holder.uuid) ? null : holder;

/** Marks of disks and what is on them are read by the work that is under way. */
function refuseWhileUsed(node: LockedNode, changes: Partial<Enrolment>): void {
  if (changes.rootDevice !== undefined || changes.keepDisks !== undefined) {
    refuseBusy(node, 'change which disks are meant of');
    refuseKeptRoot(
      changes.rootDevice === undefined ? hintOf(node.rootDevice) : changes.rootDevice,
      changes.keepDisks ?? storedDiskHints.parse(node.keepDisks),
    );
  }
  if (changes.dataOf !== undefined) {
    refuseUsed(node, 'empty data_of of');
  }
}

function patchOf(
  node: LockedNode,
  changes: Partial<Enrolment>,
  {
    secret,
    drivers,
  }: { readonly secret: { readonly pmSecret?: string }; readonly drivers: readonly string[] },
): NodePatch {
  const columns = { ...nodeColumns(changes), ...secret };
  const bmc = concernsBmc(changes)
    ? bmcColumns({ ...node, ...columns }, { drivers, password: changes.pmPassword })
    : undefined;
  const patch = { ...columns, ...bmc };
  const reached = isOtherBmc(node, patch) ? { bmcReached: false } : {};
  const rootDevice = patch.rootDevice === DbNull ? { rootDevice: null } : {};
  return { ...patch, ...reached, ...rootDevice };
}

/** What a BMC is reached by. A password has another ciphertext each time, so a repeated one counts as another. */
const access = ['powerDriver', 'pmAddress', 'pmUser', 'pmSecret', 'pmOptions'] as const;

const isOtherBmc = (node: LockedNode, patch: NodePatch): boolean =>
  access.some(
    (field) => patch[field] !== undefined && !isDeepStrictEqual(patch[field], node[field]),
  );

/** Another compute host brings other aggregates. */
async function refuseTwoZones(sql: Sql): Promise<void> {
  const conflict = await findZoneConflict(sql);
  if (conflict !== undefined) {
    const { member, zones } = conflict;
    const reason = `${member} would be in the availability zones ${zones.join(' and ')} by its aggregates.`;
    throw new Fault('CONFLICT', { reason });
  }
}
