// Whatever a BMC makes ipmitool say: a failure with a name, its own words in it, and no more of them than can be read.
import { hostileText } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ipmiFailure } from './ipmi-answers.js';
import { suiteIn } from './ipmi-suite.js';

const line = fc.oneof(
  hostileText,
  fc
    .tuple(
      fc.constantFrom(
        'Error in open session response message : ',
        'RAKP 2 message indicates an error : ',
        'RAKP 2 HMAC is invalid',
        'Error in open session response message : no matching authentication payload',
        'Unsupported cipher suite ID ',
        'Set Session Privilege Level to ADMINISTRATOR failed: ',
        'Set Chassis Power Control to Up/On failed: ',
        'Unable to establish IPMI v2 / RMCP+ session',
        'Address lookup for ',
        'Using best available cipher suite ',
        'RAKP 2 message indicates an error : insufficient resources for session',
        'Set Chassis Power Control to Cycle failed: Node busy',
        'Running Get VSO Capabilities failed',
      ),
      hostileText,
    )
    .map((parts) => parts.join('')),
);
const output = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'))
  .map(([lines, end]) => lines.join(end));

test('every failure is one of the five, and its answer is of a line that was said', () => {
  const codes = new Set<string>();
  fc.assert(
    fc.property(output, (said) => {
      const { code, answer, evidence } = ipmiFailure(said);
      codes.add(code);
      expect(answer === 'no reason given' || said.includes(answer)).toBe(true);
      for (const one of evidence) {
        expect(one.trim()).not.toBe('');
        expect(one).not.toContain('\n');
        expect(said).toContain(one);
      }
    }),
    { numRuns: 1_000 },
  );
  const all = ['POWER_AUTH', 'POWER_BUSY', 'POWER_CIPHER', 'POWER_REFUSED', 'POWER_UNREACHABLE'];
  expect([...codes].sort()).toEqual(all);
});

test('whatever stands beside a message without an answer, it is not the password', () => {
  const unanswered = fc.constantFrom(
    '> Error: no response from RAKP 1 message',
    '> Error: no response from RAKP 3 message',
    'Error: Received an Unexpected RAKP 2 message',
    'Error: Received an Unexpected RAKP 4 message',
    'Error: Received an Unexpected Open Session Response',
    'Timeout in open session response message.',
  );
  const mixed = fc
    .tuple(fc.array(line, { maxLength: 8 }), unanswered, fc.array(line, { maxLength: 8 }))
    .map(([before, said, after]) => [...before, said, ...after].join('\n'));
  fc.assert(
    fc.property(mixed, (said) => {
      expect(ipmiFailure(said).code).toBe('POWER_UNREACHABLE');
    }),
    { numRuns: 1_000 },
  );
});

test('of a flood of words some are kept, and the one that matters is found', () => {
  const flood = `${'Address lookup for '.repeat(50_000)}\n${'Odd words\n'.repeat(50_000)}`;
  const { code, answer, evidence } = ipmiFailure(`RAKP 2 HMAC is invalid\n${flood}`);
  expect([code, answer]).toEqual(['POWER_AUTH', 'RAKP 2 HMAC is invalid']);
  expect(evidence.join('\n').length).toBeLessThan(50_000);
  expect(ipmiFailure(flood)).toMatchObject({ code: 'POWER_REFUSED', answer: 'Odd words' });
});

test('a suite is a number that ipmitool said it took, or none', () => {
  fc.assert(
    fc.property(hostileText, (said) => {
      const suite = suiteIn(`Using best available cipher suite ${said}\n`);
      expect(suite === undefined || (Number.isInteger(suite) && suite < 1_000)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
