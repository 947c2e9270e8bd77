import type { BootDevice } from '@metalcast/contracts';
import type { ObservedPower } from '@metalcast/domain';

/** How long a driver waits for a BMC, within the bounds of its attempt. */
export interface Waits {
  /** For the answer to the first message, in seconds; one more for each repeat of the message. */
  readonly answerS: number;
  /** How often a message is sent before the BMC counts as silent. */
  readonly tries: number;
}

/** The BMC of one node. */
export interface Bmc {
  /** uuid of the node. */
  readonly node: string;
  /** In the driver's form: host name, IP address or URL. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
  /** The firmware of its machine, if known. */
  readonly firmware?: 'bios' | 'uefi' | undefined;
  /** By address and port: the last cipher suite of each BMC; kept by the driver. */
  readonly suites?: Map<string, number> | undefined;
  /** For drivers whose messages can be lost. */
  readonly waits: Waits;
}

/** Bounds of one request to a BMC. */
export interface Attempt {
  /** After this time the request has ended in any case, and nothing of it is left running. */
  readonly timeoutMs: number;
  /** Ends the request at once; the verb then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Controls the power of one machine (Nova 2013: `PowerManager`). Every verb is one request, without retry and without
 * waiting for its effect. Every verb is idempotent. A verb that resolves was accepted by the BMC; its effect may come
 * later. A verb that rejects may have an effect all the same.
 *
 * Faults: POWER_UNREACHABLE (no answer in time), POWER_BUSY, POWER_AUTH, POWER_CIPHER, POWER_REFUSED (with the BMC's
 * answer), POWER_NO_TOOL. No fault and no evidence contains the password.
 */
export interface PowerDriver {
  /** The present power; `unknown` when the BMC answers something else, which never counts as off. */
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
