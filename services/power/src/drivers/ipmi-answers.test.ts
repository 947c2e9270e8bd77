import { expect, test } from 'vitest';
import { ipmiFailure } from './ipmi-answers.js';

const ending = 'Error: Unable to establish IPMI v2 / RMCP+ session\n';
const session = `Loading IANA PEN Registry...
Running Get VSO Capabilities my_addr 0x20, transit 0, target 0x20
Invalid completion code received: Invalid command
Discovered IPMB address 0x0
`;

const late = 'IPMI Request Match NOT FOUND\n> Error: no response from RAKP 1 message\n';

// Outputs of ipmitool 1.8.19 -v, recorded with ipmi_sim 2.0.33, the late ones with a proxy in between that holds each
// answer. The rows marked (source) could not be provoked there: their texts are those of ipmitool's lanplus.c, ipmi.c.
test.each([
  ['wrong password', `> RAKP 2 HMAC is invalid\n${ending}`, 'POWER_AUTH'],
  [
    'unknown user',
    `RAKP 2 message indicates an error : unauthorized name\n${ending}`,
    'POWER_AUTH',
  ],
  [
    'privilege level too high for the user (source)',
    `RAKP 2 message indicates an error : unauthorized role requested\n${ending}`,
    'POWER_AUTH',
  ],
  [
    'suite 17, which the BMC has not',
    `Error in open session response message : invalid authentication algorithm\n\n${ending}`,
    'POWER_CIPHER',
  ],
  [
    'no common suite (source)',
    `Error in open session response message : no matching cipher suite\n\n${ending}`,
    'POWER_CIPHER',
  ],
  [
    'no common algorithm (source)',
    `Error in open session response message : no matching authentication algorithm\n\n${ending}`,
    'POWER_CIPHER',
  ],
  [
    'another algorithm than asked for (source)',
    `Integrity algorithm 0x01 is not what we requested 0x04\n${ending}`,
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
    'answers after 1.2 s: the HMAC is that of the answer to an earlier message',
    `${late}> RAKP 2 HMAC is invalid\n${ending}`,
    'POWER_UNREACHABLE',
  ],
  [
    'answers after 1.2 s, another time',
    `${late}Error: Received an Unexpected RAKP 2 message\n> Error: no response from RAKP 1 message\n> RAKP 2 HMAC is invalid\n${ending}`,
    'POWER_UNREACHABLE',
  ],
  [
    'answers after 2.5 s',
    `${late}Error: Received an Unexpected Open Session Response\nBad response length, len=76\nGet Device ID command failed\nNo valid response received\nUnable to get Chassis Power Status\n`,
    'POWER_UNREACHABLE',
  ],
  [
    'a late answer to RAKP 3 (source)',
    'Error: Received an Unexpected RAKP 4 message\n',
    'POWER_UNREACHABLE',
  ],
  [
    'a late answer to RAKP 3, read as a wrong one (source)',
    `> Error: no response from RAKP 3 message\n> RAKP 4 message has invalid integrity check value\n${ending}`,
    'POWER_UNREACHABLE',
  ],
  [
    'all sessions in use (source)',
    `Error in open session response message : insufficient resources for session\n\n${ending}`,
    'POWER_BUSY',
  ],
  [
    'all sessions of the level in use (source)',
    `RAKP 2 message indicates an error : insufficient resources for role\n${ending}`,
    'POWER_BUSY',
  ],
  [
    'a session that the BMC has given up (source)',
    `RAKP 4 message indicates an error : inactive session ID\n${ending}`,
    'POWER_BUSY',
  ],
  [
    'busy during the log-in (source)',
    `Set Session Privilege Level to ADMINISTRATOR failed: Node busy\n${ending}`,
    'POWER_BUSY',
  ],
  ['busy (source)', 'Set Chassis Power Control to Up/On failed: Node busy\n', 'POWER_BUSY'],
  [
    'a repeat of what is under way (source)',
    'Set Chassis Power Control to Cycle failed: Cannot execute duplicated request\n',
    'POWER_BUSY',
  ],
  [
    'still starting (source)',
    'Get Chassis Power Status failed: BMC initialization in progress\n',
    'POWER_BUSY',
  ],
  ['no IPMI 2.0 (source)', `This BMC does not support IPMI v2 / RMCP+\n${ending}`, 'POWER_REFUSED'],
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
