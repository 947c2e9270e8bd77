import { eventOf } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { findNodeToRead, type NodeToRead, type PowerReading } from '@metalcast/db/power';
import { Fault, novaPowerState, powerStates, type ObservedPower } from '@metalcast/domain';
import type { Opener } from '@metalcast/keys';
import type { Logger } from '@metalcast/log';
import { healthKey, openBmc } from '../bmc.js';
import { identifyBmc } from '../bmc-identity.js';
import type { BmcHealth } from '../bmc-health.js';
import { powerInWords } from '../power-in-words.js';
import type { Attempt, Waits } from '../power-driver.js';
import { ReadingWriter } from './readings.js';

export interface ObserveOptions {
  readonly database: Database;
  readonly passwords: Opener;
  readonly logger: Logger;
  readonly health: BmcHealth;
  readonly requestMs: number;
  readonly waits: Waits;
  /** After so many failures in a row a node's power becomes unknown. */
  readonly failuresTaken: number;
}

/** The result of a check: the BMC was read, or there was nothing to read. */
interface Look {
  readonly result: ObservedPower | Fault;
  /** Settles when the change is stored, or dropped. */
  readonly written: Promise<void>;
}

/** Reads the power of nodes independently of commands, and reports changes that no command made. */
export class PowerObserver {
  private readonly readings: ReadingWriter;

  constructor(private readonly options: ObserveOptions) {
    this.readings = new ReadingWriter(options.database);
  }

  /** Reads the power now. Faults: NOT_FOUND, POWER_MISCONFIGURED, the driver's. Idempotent. */
  async get(uuid: string): Promise<ObservedPower> {
    const node = await findNodeToRead(this.options.database, { uuid });
    if (node === undefined) {
      throw new Fault('NOT_FOUND', { what: 'node', id: uuid });
    }
    const { result, written } = await this.look(node);
    await written;
    if (result instanceof Fault) {
      throw result;
    }
    return result;
  }

  /**
   * Reads one node. Settles when its BMC has answered or was given up. It returns a promise that settles when a change
   * is stored. Neither promise ever rejects.
   */
  async check(node: NodeToRead, signal: AbortSignal): Promise<{ readonly written: Promise<void> }> {
    const failed = (error: unknown): void => {
      if (!signal.aborted) {
        this.options.logger.warn({ err: error, node: node.uuid }, 'power could not be read');
      }
    };
    try {
      const { written } = await this.look(node, signal);
      return { written: written.catch(failed) };
    } catch (error) {
      failed(error);
      return { written: Promise.resolve() };
    }
  }

  /** Settles when all readings are stored. */
  async close(): Promise<void> {
    await this.readings.drain();
  }

  private async look(enrolled: NodeToRead, signal?: AbortSignal): Promise<Look> {
    const { database, health, passwords, requestMs, waits, failuresTaken } = this.options;
    const key = healthKey(enrolled);
    const attempt: Attempt = { timeoutMs: requestMs, ...(signal === undefined ? {} : { signal }) };
    let node = enrolled;
    try {
      const bmc = await identifyBmc(database, enrolled, signal);
      ({ node } = bmc);
      const driver = await openBmc(node, {
        address: bmc.address,
        passwords,
        suites: health.suites,
        waits,
      });
      const result = await driver.read(attempt);
      health.answered(key);
      const reading = { powerState: novaPowerState(result), fault: null };
      return { result, written: this.offer(node, reading) };
    } catch (error) {
      if (!(error instanceof Fault)) {
        throw error;
      }
      // What was known of another BMC, or of none, is not worth keeping.
      const isDead = health.failed(key) >= failuresTaken || !enrolled.bmcReached;
      const reading = { powerState: powerStates.nostate, fault: error.toRecord('power sync') };
      return { result: error, written: isDead ? this.offer(node, reading) : Promise.resolve() };
    }
  }

  /** Only changes are stored, and each is one event; the first success after an enrolment is a change, too. */
  private async offer(node: NodeToRead, reading: PowerReading): Promise<void> {
    const from = powerInWords(node.powerState);
    const to = powerInWords(reading.powerState);
    const isFirst = !node.bmcReached && to !== 'unknown';
    if (!isFirst && from === to && codeOf(node.powerFault) === (reading.fault?.code ?? null)) {
      return;
    }
    const about = { subject: node.uuid, epoch: node.epoch };
    const event = eventOf('powerChanged', about, { from, to, by: 'sync' });
    const written = await this.readings.offer({
      ...reading,
      node,
      ...(from === to
        ? {}
        : {
            tell: (out) => {
              out.emit(event);
            },
          }),
    });
    if (written && from !== to) {
      this.options.logger.info({ node: node.uuid, from, to }, 'power changed by itself');
    }
  }
}

function codeOf(fault: unknown): string | null {
  return (fault as { code?: string } | null)?.code ?? null;
}
