import type { BootDevice } from '@metalcast/contracts';
import type { ObservedPower } from '@metalcast/domain';

/** The BMC of one node. */
export interface Bmc {
  /** uuid of the node. */
  readonly node: string;
  /** As the driver reads it: host name, IP address, URL. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
  /** That of its machine, where it is known. */
  readonly firmware?: 'bios' | 'uefi' | undefined;
  /** By address and port, by which cipher suite the BMCs were spoken to last; kept by the driver. */
  readonly suites?: Map<string, number> | undefined;
}

/** Bounds of one request to a BMC. */
export interface Attempt {
  /** After this long the request has ended, one way or the other, and nothing of it is left running. */
  readonly timeoutMs: number;
  /** Ends the request at once; the verb then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Controls the power of one machine (Nova 2013: `PowerManager`). Every verb is one request: no retry, no
 * waiting for its effect, and all may be repeated. A verb that resolves was accepted by the BMC, which does not mean
 * that it has happened. One that rejects may have happened all the same.
 *
 * Faults: POWER_UNREACHABLE (no answer in time), POWER_AUTH, POWER_CIPHER, POWER_REFUSED (with the BMC's answer),
 * POWER_NO_TOOL. None of them, nor their evidence, holds the password.
 */
export interface PowerDriver {
  /** What the BMC says now; `unknown` when it answers something else, which never counts as off. */
  read(attempt: Attempt): Promise<ObservedPower>;
  /** Power on; does nothing to a machine that is on. */
  on(attempt: Attempt): Promise<void>;
  /** Power off at once; does nothing to a machine that is off. */
  off(attempt: Attempt): Promise<void>;
  /** Asks the operating system to shut down (ACPI). */
  softOff(attempt: Attempt): Promise<void>;
  /** Chooses what the next power-on boots from. Many BMCs forget it within a minute: set it just before. */
  setBootDevice(device: BootDevice, attempt: Attempt): Promise<void>;
}
