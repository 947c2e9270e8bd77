import { expect, test } from 'vitest';
import { ipmiFailure } from './ipmi-answers.js';

const ending = 'Error: Unable to establish IPMI v2 / RMCP+ session\n';
const session = `Loading IANA PEN Registry...
Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20
Invalid completion code received: Invalid command
Discovered IPMB address 0x0
`;

// Outputs of ipmitool 1.8.19 -v, recorded with ipmi_sim 2.0.33 (RAKP rows without a recording come from its source).
test.each([
  ['wrong password', `> RAKP 2 HMAC is invalid\n${ending}`, 'POWER_AUTH'],
  [
    'unknown user',
    `RAKP 2 message indicates an error : unauthorized name\n${ending}`,
    'POWER_AUTH',
  ],
  [
    'privilege level too high for the user',
    `RAKP 2 message indicates an error : unauthorized role or privilege level requested\n${ending}`,
    'POWER_AUTH',
  ],
  [
    'suite 17, which the BMC has not',
    `Error in open session response message : invalid authentication algorithm\n\n${ending}`,
    'POWER_CIPHER',
  ],
  [
    'no common suite',
    `Error in open session response message : no cipher suite match with proposed security algorithms\n\n${ending}`,
    'POWER_CIPHER',
  ],
  ['suite 99', `Unsupported cipher suite ID : 99\n\n${ending}`, 'POWER_CIPHER'],
  [
    'no answer',
    `Get Auth Capabilities error\nError issuing Get Channel Authentication Capabilities request\n${ending}`,
    'POWER_UNREACHABLE',
  ],
  [
    'no such host',
    `Address lookup for no.such.host.invalid failed\nCould not open socket!\n${ending}`,
    'POWER_UNREACHABLE',
  ],
  [
    'answers end in the middle of the session',
    `Set Session Privilege Level to ADMINISTRATOR failed\n${ending}Close Session command failed\n`,
    'POWER_UNREACHABLE',
  ],
  ['no answer to the command', 'Unable to get Chassis Power Status\n', 'POWER_UNREACHABLE'],
  [
    'user may not',
    'Get HPM.x Capabilities request failed, compcode = d4\nSet Chassis Power Control to Down/Off failed: Insufficient privilege level\n',
    'POWER_REFUSED',
  ],
  [
    'refused power on',
    'Set Chassis Power Control to Up/On failed: Unspecified error\n',
    'POWER_REFUSED',
  ],
  [
    'refused boot device (exit status 0)',
    'Set Chassis Boot Parameter 5 failed: Unspecified error\n',
    'POWER_REFUSED',
  ],
])('%s', (_, output, code) => {
  expect(ipmiFailure(session + output).code).toBe(code);
});

test('a refusal carries the answer of the BMC, and the noise is gone', () => {
  const failure = ipmiFailure(
    `${session}Set Chassis Power Control to Up/On failed: Command not supported in present state\n`,
  );
  expect(failure.answer).toBe('Command not supported in present state');
  expect(failure.evidence).toEqual([
    'Set Chassis Power Control to Up/On failed: Command not supported in present state',
  ]);
});

test('an output that is not in the table is still reported', () => {
  expect(ipmiFailure('Segmentation fault\n')).toMatchObject({
    code: 'POWER_REFUSED',
    answer: 'Segmentation fault',
  });
  expect(ipmiFailure('').answer).toBe('no reason given');
});
