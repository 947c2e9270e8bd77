import { fakeOptions, ipmiOptions, type PowerDriverName } from '@metalcast/contracts';
import type { Bmc, PowerDriver } from '../power-driver.js';
import { openFake } from './fake.js';
import { openIpmi } from './ipmi.js';

/** Makes the driver of one BMC; `options` are the node's, already checked. */
export type OpenPowerDriver = (bmc: Bmc, options: unknown) => PowerDriver;

/** Key of `nodes.power_driver` → driver. The contracts' `powerDriverTable` lists what each needs. */
export const powerDrivers = {
  ipmi: (bmc, options) => openIpmi(bmc, ipmiOptions.parse(options)),
  fake: (bmc, options) => {
    fakeOptions.parse(options);
    return openFake(bmc);
  },
} satisfies Record<PowerDriverName, OpenPowerDriver>;
