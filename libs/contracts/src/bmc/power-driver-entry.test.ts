import { expect, test } from 'vitest';
import { z } from 'zod';
import { hostAddress } from './power-address.js';
import { powerDriverEntry } from './power-driver-entry.js';

const serial = powerDriverEntry({
  about: 'A console server',
  address: hostAddress,
  user: z.string(),
  password: z.string(),
  needs: [],
  connectsTo: 'ip address',
  options: z.strictObject({ base: z.int(), line: z.int().default(1) }),
  port: (_, { base, line }) => base + line,
});

test("a driver's options give the port of its BMC, whatever other drivers call theirs", () => {
  expect(serial.endpoint('CONSOLE-1.', { base: 7000 })).toEqual({
    address: 'console-1',
    host: 'console-1',
    port: 7001,
    path: '',
  });
});
