import { bootDevice, powerTarget, type PowerTarget } from '@metalcast/contracts';
import type { ClaimedPowerCommand } from '@metalcast/db/power';
import { Fault, type ObservedPower } from '@metalcast/domain';
import { OutOfTime } from './held-command.js';
import type { PatientBmc, Permission } from './patient-bmc.js';
import { nextPause, pause } from './pause.js';
import type { CommandTiming } from './timing.js';

export interface SwitchOptions {
  readonly command: Pick<ClaimedPowerCommand, 'target' | 'bootDevice' | 'phase' | 'claim' | 'ageS'>;
  /** uuid of the node. */
  readonly node: string;
  /** The BMC's name in faults. */
  readonly address: string;
  readonly permission: Permission;
  readonly bmc: PatientBmc;
  readonly timing: Pick<CommandTiming, 'confirmMs' | 'softOffMs' | 'offAgainMs'>;
}

export interface Switched {
  /** The first and the last reading of the BMC. */
  readonly from: ObservedPower;
  readonly to: ObservedPower;
  /** Whether the command switched the machine on, now or before it was resumed. */
  readonly switchedOn: boolean;
}

/**
 * The off of a cycle is confirmed. This is stored before the machine is switched on: from then on it is never switched
 * off again.
 */
export const offConfirmed = 'off-confirmed';

const bootDevices = bootDevice.nullable();

/**
 * One power command: the requests to the BMC, their order, and when the command counts as done. Resumable at every
 * point.
 */
export class PowerSwitch {
  /** The last reading of the BMC; undefined before the first. */
  observed: ObservedPower | undefined;

  constructor(private readonly options: SwitchOptions) {}

  /**
   * Brings the power into the wanted state, confirmed by reading it (`off` twice). Faults: the driver's;
   * POWER_NO_CHANGE when the deadline passes and the BMC still reads otherwise; CANCELLED.
   */
  async run(): Promise<Switched> {
    const { claim } = this.options.command;
    const target = powerTarget.parse(this.options.command.target);
    try {
      const from = await this.read();
      await this.bring(target);
      const turnsOn = target === 'cycle' || (target === 'on' && (from !== 'on' || claim > 1));
      return { from, to: this.observed ?? 'unknown', switchedOn: turnsOn };
    } catch (error) {
      throw error instanceof OutOfTime ? this.timeIsUp() : error;
    }
  }

  private async bring(target: PowerTarget): Promise<void> {
    const { bmc, timing } = this.options;
    switch (target) {
      case 'keep':
        return this.setBootDevice();
      case 'on':
        return this.switchOn();
      case 'off':
        return this.until('off', timing.confirmMs, () => bmc.off());
      case 'soft-off':
        return this.until('off', timing.softOffMs, () => bmc.softOff());
      case 'cycle':
        return this.cycle();
    }
  }

  private async cycle(): Promise<void> {
    const { bmc, command, permission, timing } = this.options;
    if (command.phase !== offConfirmed) {
      await this.until('off', timing.confirmMs, () => bmc.off());
      permission.reach(offConfirmed);
    }
    await this.switchOn();
  }

  /** The boot device is set just before each power-on: many BMCs forget it within a minute. */
  private async switchOn(): Promise<void> {
    if (this.observed === 'on') {
      return this.setBootDevice();
    }
    await this.until('on', this.options.timing.confirmMs, async () => {
      await this.setBootDevice();
      await this.options.bmc.on();
    });
  }

  private async setBootDevice(): Promise<void> {
    const device = bootDevices.parse(this.options.command.bootDevice);
    if (device !== null) {
      await this.options.bmc.setBootDevice(device);
    }
  }

  /**
   * Sends the request, and repeats it when nothing changes within `confirmMs`. A refusal is ignored if the power is in
   * the wanted state already.
   */
  private async until(
    wanted: 'on' | 'off',
    confirmMs: number,
    ask: () => Promise<void>,
  ): Promise<void> {
    if (this.observed === wanted && (await this.isCertain(wanted))) {
      return;
    }
    for (;;) {
      const refusal = await ask().then(() => undefined, refusalIn);
      if (await this.reaches(wanted, refusal === undefined ? confirmMs : 0)) {
        return;
      }
      if (refusal !== undefined) {
        throw refusal;
      }
    }
  }

  /** Polls at growing intervals, because a BMC reports nothing by itself. */
  private async reaches(wanted: 'on' | 'off', withinMs: number): Promise<boolean> {
    const end = performance.now() + withinMs;
    for (let attempt = 0; ; attempt += 1) {
      if ((await this.read()) === wanted && (await this.isCertain(wanted))) {
        return true;
      }
      if (performance.now() >= end) {
        return false;
      }
      await pause(nextPause(attempt), this.options.permission.signal);
    }
  }

  /** Some BMCs report `off` a moment too early: only the second reading counts. */
  private async isCertain(wanted: 'on' | 'off'): Promise<boolean> {
    if (wanted === 'on') {
      return true;
    }
    await pause(this.options.timing.offAgainMs, this.options.permission.signal);
    return (await this.read()) === wanted;
  }

  private async read(): Promise<ObservedPower> {
    const observed = await this.options.bmc.read();
    this.observed = observed;
    return observed;
  }

  private timeIsUp(): Fault {
    const { node, address, bmc, command } = this.options;
    const { target } = command;
    if (bmc.lastFault !== undefined) {
      return bmc.lastFault;
    }
    if (this.observed === undefined && command.claim === 1) {
      const work = `Power ${target} of node ${node}`;
      return new Fault('QUEUE_TIMEOUT', {
        service: 'power',
        work,
        waitedS: Math.round(command.ageS),
      });
    }
    return this.observed === undefined
      ? new Fault('SERVICE_LOST', { service: 'power', work: `power ${target} of node ${node}` })
      : new Fault('POWER_NO_CHANGE', { node, address, target, observed: this.observed });
  }
}

function refusalIn(error: unknown): Fault {
  if (error instanceof Fault && error.code === 'POWER_REFUSED') {
    return error;
  }
  throw error;
}
