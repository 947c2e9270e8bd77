import type { LabPaths } from '@metalcast/lab';
import { BrokerTap } from './broker-tap.js';
import { CommandLines } from './command-lines.js';
import { WireTap } from './wire-tap.js';

/** Records a whole run from the broker's start, before the first service starts. */
export class Witness {
  private constructor(
    readonly broker: BrokerTap,
    readonly wire: WireTap,
    readonly commands: CommandLines,
  ) {}

  static async begin(paths: LabPaths): Promise<Witness> {
    const [broker, wire] = await Promise.all([BrokerTap.open(paths), WireTap.open(paths)]);
    return new Witness(broker, wire, new CommandLines());
  }

  async close(): Promise<void> {
    this.commands.close();
    this.wire.close();
    await this.broker.close();
  }
}
