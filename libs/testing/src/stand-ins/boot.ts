import { eventOf, type EventData, type EventName } from '@metalcast/contracts';
import type { Boot, Node } from '@metalcast/db';
import { recordPrepared } from '@metalcast/db/boot';
import type { ModelDatabase } from '@metalcast/db/models';
import { Fault, type FaultCode } from '@metalcast/domain';

/** The column of `boots` that records each event. */
const columns: Partial<Record<EventName, keyof Boot>> = {
  bootDhcp: 'dhcpAt',
  bootScript: 'scriptAt',
  bootKernel: 'kernelAt',
  bootRamdisk: 'ramdiskAt',
  bootLoop: 'loopAt',
  bootOtherCard: 'otherCardAt',
  bootUnsupportedFirmware: 'noLoaderAt',
  bootForeignDhcp: 'foreignDhcpAt',
  bootLocalDhcp: 'localDhcpAt',
  bootLocalPhoneHome: 'phoneHomeAt',
};

/** Stands in for the boot service, and for what a node asks of it. */
export class BootStandIn {
  constructor(private readonly database: ModelDatabase) {}

  /** Answers `boot.prepare` by what the node's row says; `code`: why it can't be prepared. */
  async prepare(node: Node, code?: FaultCode): Promise<void> {
    const { id: nodeId, uuid: subject, epoch, bootMode } = node;
    const fault =
      code === undefined ? undefined : new Fault(code, { node: subject }).toRecord('prepareBoot');
    await recordPrepared(this.database, {
      boot: { nodeId, epoch, bootMode },
      fault,
      tell: (out) => {
        out.emit(
          fault === undefined
            ? eventOf('bootPrepared', { subject, epoch }, { boot_mode: bootMode })
            : eventOf('bootFailed', { subject, epoch }, { fault }),
        );
      },
    });
  }

  /** Something of the node's boot is seen: the fact and its news. */
  async see<N extends EventName>(name: N, node: Node, data: EventData<N>): Promise<void> {
    const { id: nodeId, uuid: subject, epoch } = node;
    const column = columns[name];
    await this.database.transaction(async ({ sql, out }) => {
      if (column !== undefined) {
        const seen = { [column]: new Date() };
        await sql.boot.upsert({
          where: { nodeId_epoch: { nodeId, epoch } },
          create: { nodeId, epoch, ...seen },
          update: seen,
        });
      }
      out.emit(eventOf(name, { subject, epoch }, data));
    });
  }
}
