import { expect, test } from 'vitest';
import { Fault, faultMessage, toldMessage } from './fault.js';
import { countsAgainstNode, faults, isFaultCode, type FaultCode } from './faults.js';

const codes = Object.keys(faults) as FaultCode[];
const placeholders = (message: string): string[] =>
  [...message.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name ?? '');

test('each fault has a sentence that can be filled, a remedy, and a status of an error', () => {
  const odd = codes.filter((code) => {
    const { message, remedy, http } = faults[code];
    const names = placeholders(message);
    const details = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    const filled = faultMessage(code, details);
    const isFilled = !/[{}?]/.test(filled) && names.every((name) => filled.includes(`<${name}>`));
    const isSentence = /(^\{reason\}|[.}])$/.test(message) && /^[A-Z].*[.?]$/.test(remedy);
    return !isFilled || !isSentence || !(http >= 400 && http < 600);
  });
  expect(odd).toEqual([]);
});

test('a missing detail leaves the message readable; false and 0 are shown', () => {
  expect(faultMessage('NOT_FOUND', { what: 'Node' })).toBe('Node ? could not be found.');
  expect(faultMessage('NOT_FOUND', { what: 'Node', id: 0 })).toBe('Node 0 could not be found.');
});

test('those who do not run the cloud read what is theirs, and no place that nobody filled', () => {
  const details = { node: 'n7', address: '10.0.0.9', image: 'i1', neededMb: 5, availableMb: 4 };
  expect(toldMessage('POWER_REFUSED', details)).toMatch(/^The power of the machine/);
  expect(toldMessage('IMAGE_TOO_LARGE', details)).toBe(
    'Image i1 needs 5 MiB, but there are 4 MiB.',
  );
  expect(toldMessage('NODE_IN_USE', details)).toBe('The cloud could not do this.');
  expect(toldMessage('NO_VALID_HOST', {})).toBe('No valid host was found.');
});

test('what keeps a machine from its deployment is told to those who do not run the cloud, too', () => {
  const ofMachine = codes.filter((code) => /^(BOOT|AGENT|DEPLOY)_/.test(code));
  const untold = ofMachine.filter((code) => !('told' in faults[code]));
  expect([ofMachine.length > 0, untold]).toEqual([true, []]);
});

test('a code is one of the table, not of an object', () => {
  expect(isFaultCode('NOT_FOUND')).toBe(true);
  expect(isFaultCode('toString')).toBe(false);
});

test('a record keeps what a row needs, and no empty field', () => {
  const fault = new Fault('NOT_FOUND', { what: 'Node', id: 7 }, { cause: new Error('why') });
  expect(fault.toRecord()).toEqual({
    code: 'NOT_FOUND',
    message: 'Node 7 could not be found.',
    details: { what: 'Node', id: 7 },
    retryable: 'no',
  });
  const evidence = ['last line'];
  expect(new Fault('CANCELLED', {}, { evidence }).toRecord('schedule')).toMatchObject({
    phase: 'schedule',
    evidence,
  });
});

test.each<[FaultCode, boolean]>([
  ['POWER_REFUSED', true],
  ['WRITE_FAILED', true],
  // An image can cause this on any node.
  ['FIRST_BOOT_SILENT', false],
  ['IMAGE_TOO_LARGE', false],
  ['DISK_TOO_SMALL', false],
  // Missing data of the enrolment cause this.
  ['DISK_AMBIGUOUS', false],
  ['DISK_UNMATCHED', false],
  ['ERASE_FAILED', true],
  // Something else on the network causes this on any node.
  ['BOOT_FOREIGN_DHCP', false],
  ['BOOT_UNSUPPORTED_FIRMWARE', false],
  // A request for other networks can cause this.
  ['BOOT_NO_ADDRESS', false],
])('%s counts against the node: %s', (code, counts) => {
  expect(countsAgainstNode(code)).toBe(counts);
});
