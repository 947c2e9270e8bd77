import type { Prisma } from '@metalcast/db';
import { DbNull } from '@metalcast/db/models';
import type { DiskHint } from '@metalcast/domain';
import type { Sealer } from '@metalcast/keys';

/** What an operator says of a machine. `pmPassword` is sealed before it is stored. */
export interface Enrolment {
  readonly uuid?: string | undefined;
  readonly name?: string | null | undefined;
  readonly serviceHost?: string | null | undefined;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly localGb: number;
  readonly cpuArch?: string | undefined;
  readonly availabilityZone?: string | null | undefined;
  readonly resourceClass?: string | null | undefined;
  readonly rack?: string | null | undefined;
  readonly powerFeed?: string | null | undefined;
  readonly switchName?: string | null | undefined;
  readonly traits?: readonly string[] | undefined;
  readonly capabilities?: Readonly<Record<string, unknown>> | undefined;
  /** Which disk is given; null: the only one that is large enough. */
  readonly rootDevice?: DiskHint | null | undefined;
  readonly keepDisks?: readonly DiskHint[] | undefined;
  /** Servers whose data its disks hold: an operator says that there is none. */
  readonly dataOf?: [] | undefined;
  readonly terminalPort?: number | null | undefined;
  readonly maintenance?: boolean | undefined;
  readonly maintenanceReason?: string | null | undefined;
  readonly quarantined?: boolean | undefined;
  readonly quarantineReason?: string | null | undefined;
  /** Nobody but compute counts; an operator forgives. */
  readonly failures?: 0 | undefined;
  readonly powerDriver?: string | undefined;
  readonly pmAddress?: string | null | undefined;
  readonly pmUser?: string | null | undefined;
  readonly pmPassword?: string | null | undefined;
  readonly pmOptions?: Readonly<Record<string, unknown>> | undefined;
}

type NodeColumns = Omit<Prisma.NodeUncheckedCreateInput, 'uuid' | 'cpus' | 'memoryMb' | 'localGb'>;

/**
 * The columns of what is given, but for `sealedPassword`. A node that is taken back into use keeps no reason why it was
 * not.
 */
export function nodeColumns(given: Partial<Enrolment>): NodeColumns {
  const { pmOptions, capabilities, traits, rootDevice, keepDisks, ...plain } = given;
  const columns = Object.fromEntries(
    Object.entries(plain).filter(([name, value]) => value !== undefined && name !== 'pmPassword'),
  ) as NodeColumns;
  return {
    ...(given.maintenance === false ? { maintenanceReason: null } : {}),
    ...(given.quarantined === false ? { quarantineReason: null } : {}),
    ...(given.failures === 0 ? { failedAt: null } : {}),
    ...columns,
    ...(traits === undefined ? {} : { traits: [...traits] }),
    ...(capabilities === undefined ? {} : { capabilities: capabilities as Prisma.InputJsonObject }),
    ...(rootDevice === undefined ? {} : { rootDevice: rootDevice ?? DbNull }),
    ...(keepDisks === undefined ? {} : { keepDisks: [...keepDisks] }),
    ...(pmOptions === undefined ? {} : { pmOptions: pmOptions as Prisma.InputJsonObject }),
  };
}

/** The column of the password that is given, if one is. */
export const sealedPassword = async (
  uuid: string,
  { pmPassword }: Partial<Enrolment>,
  passwords: Sealer,
): Promise<{ pmSecret?: string }> =>
  pmPassword === undefined || pmPassword === null
    ? {}
    : { pmSecret: await passwords.seal(`nodes.pm_secret:${uuid}`, pmPassword) };

/** Whether the changes say anything of the BMC, or put a node back into use whose BMC may be shared. */
export const concernsBmc = (given: Partial<Enrolment>): boolean =>
  given.powerDriver !== undefined ||
  given.pmAddress !== undefined ||
  given.pmUser !== undefined ||
  given.pmPassword !== undefined ||
  given.pmOptions !== undefined ||
  given.maintenance === false;
