import { fakeOptions, ipmiOptions, type PowerDriverName } from '@metalcast/contracts';
import type { Bmc, PowerDriver } from '../power-driver.js';
import { openFake } from './fake.js';
import { openIpmi } from './ipmi.js';

/** Makes the driver of one BMC; `options` are those of the node and have been checked. */
export type OpenPowerDriver = (bmc: Bmc, options: unknown) => PowerDriver;

/** Key of `nodes.power_driver` → driver. What each needs is in the contracts' `powerDriverTable`. */
export const powerDrivers = {
  ipmi: (bmc, options) => openIpmi(bmc, ipmiOptions.parse(options)),
  fake: (bmc, options) => {
    fakeOptions.parse(options);
    return openFake(bmc);
  },
} satisfies Record<PowerDriverName, OpenPowerDriver>;
