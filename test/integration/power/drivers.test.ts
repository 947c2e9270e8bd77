import { startFakeBmcs } from '@metalcast/testing';
import { powerDrivers } from '../../../services/power/src/drivers/index.js';
import {
  powerDriverConformance,
  type BmcUnderTest,
} from '../../../services/power/src/drivers/power-driver.conformance.js';
import { freeUdpPort } from './free-udp-port.js';
import { startIpmiSim } from './ipmi-sim.js';

const waits = { answerS: 1, tries: 2 };
const node = '5f0e6c1e-8f4e-4b36-9d3c-000000000001';

powerDriverConformance('fake', async (): Promise<BmcUnderTest> => {
  const server = await startFakeBmcs();
  let softOffs = 0;
  const bmc = server.add('1', {
    user: 'admin',
    password: 'secret',
    onSoftOff: () => {
      softOffs += 1;
    },
  });
  const silent = server.add('2');
  silent.behave({ silent: true });
  const open = (name: string, password: string) =>
    powerDrivers.fake(
      { node, address: server.addressOf(name), user: 'admin', password, waits },
      {},
    );
  return {
    driver: open('1', 'secret'),
    withPassword: (password) => open('1', password),
    unreachable: open('2', ''),
    power: () => Promise.resolve(bmc.power),
    setPower: (power) => {
      bmc.power = power;
      return Promise.resolve();
    },
    bootDevice: () => Promise.resolve(bmc.bootDevice),
    setRefusing: (refusing) => {
      bmc.behave(refusing ? { refuse: ['on', 'off', 'soft-off', 'bootdev'] } : {});
      return Promise.resolve();
    },
    softOffs: () => Promise.resolve(softOffs),
    close: () => server.close(),
  };
});

powerDriverConformance('ipmi', async (): Promise<BmcUnderTest> => {
  const sim = await startIpmiSim();
  const nobody = await freeUdpPort();
  const open = (port: number, password: string) =>
    powerDrivers.ipmi(
      { node, address: sim.address, user: sim.user, password, waits },
      { port, cipher_suite: 3 },
    );
  return {
    driver: open(sim.port, sim.password),
    withPassword: (password) => open(sim.port, password),
    unreachable: open(nobody, sim.password),
    power: sim.power,
    setPower: sim.setPower,
    bootDevice: async () => {
      const boot = await sim.boot();
      return boot === 'pxe' ? 'network' : boot === 'default' ? 'disk' : undefined;
    },
    setRefusing: sim.setRefusing,
    softOffs: async () => (await sim.told()).filter((line) => line === 'shutdown 1').length,
    close: sim.close,
  };
});
