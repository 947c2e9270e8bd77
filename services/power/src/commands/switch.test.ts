import { Fault, type ObservedPower } from '@metalcast/domain';
import { beforeEach, describe, expect, test } from 'vitest';
import type { PowerDriver } from '../power-driver.js';
import { OutOfTime } from './held-command.js';
import { PatientBmc } from './patient-bmc.js';
import { PowerSwitch, type SwitchOptions, type Switched } from './switch.js';

const node = '5f0e6c1e-8f4e-4b36-9d3c-000000000001';

let power: ObservedPower;
/** The readings before `power`, one by one. */
let readings: ObservedPower[];
let asked: string[];
let refusing: string[];
let silences: number;
/** Number of requests that the command may still make. */
let permitted: number;

beforeEach(() => {
  power = 'off';
  readings = [];
  asked = [];
  refusing = [];
  silences = 0;
  permitted = 100;
});

function ask(what: string, effect: () => void = () => undefined): Promise<void> {
  asked.push(what);
  if (silences > 0) {
    silences -= 1;
    return Promise.reject(new Fault('POWER_UNREACHABLE', { node, address: 'a' }));
  }
  if (refusing.includes(what)) {
    return Promise.reject(new Fault('POWER_REFUSED', { node, answer: 'no' }));
  }
  effect();
  return Promise.resolve();
}

const driver: PowerDriver = {
  read: async () => {
    await ask('read');
    return readings.shift() ?? power;
  },
  on: () => ask('on', () => (power = 'on')),
  off: () => ask('off', () => (power = 'off')),
  softOff: () => ask('soft-off', () => (power = 'off')),
  setBootDevice: (device) => ask(device),
};

async function permit<T>(request: (attempt: { timeoutMs: number }) => Promise<T>): Promise<T> {
  permitted -= 1;
  if (permitted < 0) {
    throw new OutOfTime();
  }
  return request({ timeoutMs: 1000 });
}

async function carryOut(
  command: Partial<SwitchOptions['command']>,
  patience = 9,
): Promise<Switched> {
  const permission: SwitchOptions['permission'] = {
    signal: new AbortController().signal,
    read: permit,
    change: permit,
    reach: (phase) => {
      asked.push(`reached ${phase}`);
    },
  };
  const bmc = new PatientBmc({ driver, permission, patience, onAnswer: () => undefined });
  return new PowerSwitch({
    command: {
      target: 'on',
      bootDevice: null,
      phase: null,
      claim: 1,
      ageS: 7,
      ...command,
    },
    timing: { confirmMs: 20, softOffMs: 20, offAgainMs: 1 },
    ...{ node, permission, bmc, address: 'a' },
  }).run();
}

describe('off', () => {
  test('an early off is not believed', async () => {
    power = 'on';
    readings = ['on', 'off', 'on'];
    await carryOut({ target: 'off' });
    expect(asked).toEqual(['read', 'off', 'read', 'read', 'read', 'read']);
  });

  test('of a machine that is off is certain after two readings, and sends no command', async () => {
    expect(await carryOut({ target: 'off' })).toMatchObject({ from: 'off', to: 'off' });
    expect(asked).toEqual(['read', 'read']);
  });

  test('that shows no effect is asked again', async () => {
    readings = ['on', 'on', 'on'];
    await carryOut({ target: 'off' });
    expect(asked.filter((what) => what === 'off')).toHaveLength(2);
  });

  test('that is refused because the power is so already succeeds', async () => {
    readings = ['on'];
    refusing = ['off'];
    expect(await carryOut({ target: 'off' })).toMatchObject({ to: 'off' });
  });

  test('is never taken from a reading that is unknown', async () => {
    power = 'unknown';
    permitted = 6;
    driverKeeps('unknown');
    await expect(carryOut({ target: 'off' })).rejects.toMatchObject({
      code: 'POWER_NO_CHANGE',
      details: { observed: 'unknown', target: 'off', node },
    });
  });
});

/** Every reading is this one, whatever is requested. */
function driverKeeps(reading: ObservedPower): void {
  readings = Array.from({ length: 50 }, () => reading);
}

describe('cycle', () => {
  const cycle = { target: 'cycle', bootDevice: 'network' };

  test('off, certain, remembered, boot device, on, in this order', async () => {
    power = 'on';
    expect(await carryOut(cycle)).toEqual({ from: 'on', to: 'on', switchedOn: true });
    expect(asked).toEqual([
      'read',
      'off',
      'read',
      'read',
      'reached off-confirmed',
      'network',
      'on',
      'read',
    ]);
  });

  test('resumed after off was stored never asks for off', async () => {
    await carryOut({ ...cycle, phase: 'off-confirmed', claim: 2 });
    expect(asked).toEqual(['read', 'network', 'on', 'read']);
  });

  test('resumed when the machine is on already counts as having switched it on', async () => {
    power = 'on';
    const done = await carryOut({ ...cycle, phase: 'off-confirmed', claim: 2 });
    expect(done.switchedOn).toBe(true);
    expect(asked).toEqual(['read', 'network']);
  });

  test('does not switch on when the boot device is refused', async () => {
    refusing = ['network'];
    await expect(carryOut(cycle)).rejects.toMatchObject({ code: 'POWER_REFUSED' });
    expect(asked).not.toContain('on');
  });
});

describe('a deadline', () => {
  test('reports the silence when the BMC was silent last', async () => {
    silences = 50;
    permitted = 2;
    await expect(carryOut({})).rejects.toMatchObject({ code: 'POWER_UNREACHABLE' });
  });

  test('passed before any request: the fault names the queue, or the process that died', async () => {
    permitted = 0;
    const queued = { code: 'QUEUE_TIMEOUT', details: { waitedS: 7 } };
    await expect(carryOut({})).rejects.toMatchObject(queued);
    await expect(carryOut({ claim: 2 })).rejects.toMatchObject({ code: 'SERVICE_LOST' });
  });
});

test('silence is retried as long as patience lasts', async () => {
  silences = 2;
  await carryOut({});
  expect(power).toBe('on');
  silences = 2;
  await expect(carryOut({}, 1)).rejects.toMatchObject({ code: 'POWER_UNREACHABLE' });
});
