// The promises of every power driver. A new driver runs this suite against something that behaves like its hardware.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PowerDriver } from '../power-driver.js';

/** A BMC with its machine, observed and provoked from the machine's side. */
export interface BmcUnderTest {
  /** The driver with the right credentials. */
  readonly driver: PowerDriver;
  /** The same BMC, with another password. */
  withPassword(password: string): PowerDriver;
  /** A driver for an address where nothing answers. */
  readonly unreachable: PowerDriver;
  power(): Promise<'on' | 'off'>;
  setPower(power: 'on' | 'off'): Promise<void>;
  bootDevice(): Promise<'network' | 'disk' | undefined>;
  /** Makes the BMC refuse everything but `read`. */
  setRefusing(refusing: boolean): Promise<void>;
  /** Number of shutdowns that were requested from the operating system. */
  softOffs(): Promise<number>;
  close(): Promise<void>;
}

const attempt = { timeoutMs: 8000 };
const wrong = 'not-the-password-4711';

export function powerDriverConformance(name: string, start: () => Promise<BmcUnderTest>): void {
  describe(`power driver ${name}`, () => {
    let bmc: BmcUnderTest;
    beforeAll(async () => {
      bmc = await start();
    });
    afterAll(() => bmc.close());
    beforeEach(async () => {
      await bmc.setRefusing(false);
      await bmc.setPower('off');
    });

    test('reads the present power', async () => {
      expect(await bmc.driver.read(attempt)).toBe('off');
      await bmc.setPower('on');
      expect(await bmc.driver.read(attempt)).toBe('on');
    });

    test('switches on and off, and a repeat is harmless', async () => {
      await bmc.driver.on(attempt);
      await bmc.driver.on(attempt);
      await expect.poll(() => bmc.power()).toBe('on');
      await bmc.driver.off(attempt);
      await bmc.driver.off(attempt);
      await expect.poll(() => bmc.power()).toBe('off');
    });

    test('asks the operating system to shut down', async () => {
      await bmc.setPower('on');
      const before = await bmc.softOffs();
      await bmc.driver.softOff(attempt);
      await expect.poll(() => bmc.softOffs()).toBe(before + 1);
    });

    test('chooses the boot device', async () => {
      await bmc.driver.setBootDevice('network', attempt);
      expect(await bmc.bootDevice()).toBe('network');
      await bmc.driver.setBootDevice('disk', attempt);
      expect(await bmc.bootDevice()).toBe('disk');
    });

    test('a refusal is POWER_REFUSED with an answer, and changes nothing', async () => {
      await bmc.setRefusing(true);
      const refused = {
        code: 'POWER_REFUSED',
        details: { answer: expect.stringMatching(/./) as string },
      };
      await expect(bmc.driver.on(attempt)).rejects.toMatchObject(refused);
      await expect(bmc.driver.setBootDevice('disk', attempt)).rejects.toMatchObject(refused);
      expect(await bmc.power()).toBe('off');
    });

    test('a wrong password is POWER_AUTH, and is in no part of the fault', async () => {
      const fault: unknown = await bmc
        .withPassword(wrong)
        .on(attempt)
        .catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'POWER_AUTH' });
      expect(JSON.stringify([fault, String(fault)])).not.toContain(wrong);
      expect(await bmc.power()).toBe('off');
    });

    test('silence is POWER_UNREACHABLE, within the time limit', async () => {
      const begun = performance.now();
      await expect(bmc.unreachable.read({ timeoutMs: 1500 })).rejects.toMatchObject({
        code: 'POWER_UNREACHABLE',
      });
      expect(performance.now() - begun).toBeLessThan(5000);
    });

    test('an abort ends a request at once with its reason', async () => {
      const reason = new Error('enough');
      const abort = new AbortController();
      const reading = bmc.unreachable.read({ timeoutMs: 8000, signal: abort.signal });
      abort.abort(reason);
      await expect(reading).rejects.toBe(reason);
    });
  });
}
