import { eventOf } from '@metalcast/contracts';
import {
  findNodeToRead,
  offerPowerReading,
  type Database,
  type NodeToRead,
  type PowerReading,
  type Secrets,
} from '@metalcast/db';
import { Fault, novaPowerState, powerStates, type ObservedPower } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { healthKey, openBmc } from '../bmc.js';
import { identifyBmc } from '../bmc-identity.js';
import type { BmcHealth } from '../bmc-health.js';
import { observedOf } from '../observed.js';
import type { Attempt } from '../power-driver.js';

export interface ObserveOptions {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly health: BmcHealth;
  readonly requestMs: number;
  /** So many failures in a row make a node's power unknown. */
  readonly failuresTaken: number;
}

/** Reads the power of nodes beside the commands, and tells what has changed by itself. */
export class PowerObserver {
  constructor(private readonly options: ObserveOptions) {}

  /** What the BMC says now. Faults: NOT_FOUND, POWER_MISCONFIGURED, the driver's. Repeatable. */
  async get(uuid: string): Promise<ObservedPower> {
    const node = await findNodeToRead(this.options.database, { uuid });
    if (node === undefined) {
      throw new Fault('NOT_FOUND', { what: 'node', id: uuid });
    }
    return this.read(node);
  }

  /** Reads one node and writes a change down. Never rejects. */
  async check(node: NodeToRead, signal: AbortSignal): Promise<void> {
    try {
      await this.read(node, signal);
    } catch (error) {
      if (!(error instanceof Fault) && !signal.aborted) {
        this.options.logger.warn({ err: error, node: node.uuid }, 'power could not be read');
      }
    }
  }

  private async read(enrolled: NodeToRead, signal?: AbortSignal): Promise<ObservedPower> {
    const { database, health, secrets, requestMs, failuresTaken } = this.options;
    const key = healthKey(enrolled);
    const attempt: Attempt = { timeoutMs: requestMs, ...(signal === undefined ? {} : { signal }) };
    let node = enrolled;
    try {
      const bmc = await identifyBmc(database, enrolled, signal);
      ({ node } = bmc);
      const observed = await openBmc(node, { address: bmc.address, secrets }).read(attempt);
      health.answered(key);
      await this.offer(node, { powerState: novaPowerState(observed), fault: null });
      return observed;
    } catch (error) {
      if (error instanceof Fault && health.failed(key) >= failuresTaken) {
        const fault = error.toRecord('power sync');
        await this.offer(node, { powerState: powerStates.nostate, fault });
      }
      throw error;
    }
  }

  /** Only changes are written, and each is one event. */
  private async offer(node: NodeToRead, reading: PowerReading): Promise<void> {
    const from = observedOf(node.powerState);
    const to = observedOf(reading.powerState);
    if (from === to && codeOf(node.powerFault) === (reading.fault?.code ?? null)) {
      return;
    }
    await this.options.database.transaction(async ({ sql, out }) => {
      if ((await offerPowerReading(sql, node, reading)) && from !== to) {
        const about = { subject: node.uuid, epoch: node.epoch };
        out.emit(eventOf('powerChanged', about, { from, to, by: 'sync' }));
        this.options.logger.info({ node: node.uuid, from, to }, 'power changed by itself');
      }
    });
  }
}

function codeOf(fault: unknown): string | null {
  return (fault as { code?: string } | null)?.code ?? null;
}
