// What ipmitool 1.8 prints, and what it means. Its exit status alone says little: it is 1 for every failure, and 0 for
// a boot device that the BMC refused. With `-v` its output distinguishes a wrong password from a dead BMC.
import type { FaultCode } from '@metalcast/domain';

type PowerFaultCode = Extract<
  FaultCode,
  'POWER_UNREACHABLE' | 'POWER_BUSY' | 'POWER_AUTH' | 'POWER_CIPHER' | 'POWER_REFUSED'
>;

interface Meaning {
  readonly says: RegExp;
  readonly code: PowerFaultCode;
}

/**
 * The first row that matches a line of the output decides. The texts are those of ipmitool's lanplus.c,
 * lanplus_strings.c and ipmi.c. The test has an output for each.
 */
const meanings: readonly Meaning[] = [
  // Late answers. ipmitool repeats a message that is not answered in time; the BMC answers both, and ipmitool takes
  // the answer to the one for that to the other. Whatever it then says of the password says nothing of the password.
  {
    says: /no response from RAKP \d message|Received an Unexpected |Timeout in open session/,
    code: 'POWER_UNREACHABLE',
  },
  {
    says: /: (?:insufficient resources for (?:session|role)|in(?:active|valid) session ID|Node busy|Cannot execute duplicated request|BMC initialization in progress)/,
    code: 'POWER_BUSY',
  },
  { says: /RAKP \d (?:HMAC is invalid|message has invalid)/, code: 'POWER_AUTH' },
  {
    says: /: (?:unauthorized (?:name|role requested|GUID)|invalid (?:role|name length|integrity check value))/,
    code: 'POWER_AUTH',
  },
  { says: /Set Session Privilege Level to \w+ failed: /, code: 'POWER_AUTH' },
  {
    says: /Unsupported cipher suite ID|algorithm 0x\w+ is not what we requested/,
    code: 'POWER_CIPHER',
  },
  {
    says: /: (?:invalid (?:authentication|integrity|confidentiality) algorithm|no matching (?:cipher suite|authentication algorithm|integrity payload))/,
    code: 'POWER_CIPHER',
  },
  { says: /^This BMC does not support IPMI v2/, code: 'POWER_REFUSED' },
  { says: /^(?:Set|Get) Chassis [\w/ ]+ failed: (?!timeout)/i, code: 'POWER_REFUSED' },
  {
    says: /Unable to (?:establish|set Chassis|get Chassis)|Get Auth Capabilities error|Address lookup for .* failed|Could not open socket|failed: timeout/i,
    code: 'POWER_UNREACHABLE',
  },
];

/** Lines that `-v` prints at every call, with or without success. */
const noise =
  /^(?:Loading IANA|Running Get VSO|Invalid completion code received: Invalid command|Discovered IPMB|Get HPM\.x)/;

export interface IpmiFailure {
  readonly code: PowerFaultCode;
  /** The line that names the failure. */
  readonly answer: string;
  /** The last lines that say something. */
  readonly evidence: readonly string[];
}

/** ipmitool says a few short lines; what a BMC adds to them is up to the BMC. */
const longestLine = 500;
const mostEvidence = 50;

/** Names the failure that ipmitool's output tells of; one that the table does not know counts as a refusal. */
export function ipmiFailure(output: string): IpmiFailure {
  const lines = output
    .split('\n')
    .map((line) => line.trim().slice(0, longestLine).trimEnd())
    .filter((line) => line !== '' && !noise.test(line));
  const evidence = lines.slice(-mostEvidence);
  for (const { says, code } of meanings) {
    const line = lines.find((candidate) => says.test(candidate));
    if (line !== undefined) {
      return { code, answer: answerIn(line), evidence };
    }
  }
  return { code: 'POWER_REFUSED', answer: evidence.at(-1) ?? 'no reason given', evidence };
}

/** "Set Chassis Power Control to Up/On failed: Unspecified error" → the part after the colon. */
const answerIn = (line: string): string => /failed: (.+)$/.exec(line)?.[1] ?? line;
