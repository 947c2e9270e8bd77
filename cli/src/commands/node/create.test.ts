import { expect, test } from 'vitest';
import { enrolment, keyValues, macsOf } from './create.js';

test('options become the fields of the request; what was not given is left out', () => {
  const options = {
    cpus: 2,
    memoryMb: 2048,
    driver: 'fake',
    pmOption: ['cipher_suite=3'],
    json: true,
  };
  expect(enrolment(options)).toEqual({
    cpus: 2,
    memory_mb: 2048,
    power_driver: 'fake',
    pm_options: { cipher_suite: 3 },
  });
});

test('MAC addresses are sent in their one spelling', () => {
  expect(macsOf(['52-54-00-AA-BB-CC', '5254.00aa.bbcd'])).toEqual([
    '52:54:00:aa:bb:cc',
    '52:54:00:aa:bb:cd',
  ]);
  expect(() => macsOf(['52:54:00'])).toThrow('52:54:00 is no MAC address.');
});

test('driver options read key=value', () => {
  expect(keyValues(['port=623', 'quirk=a=b'])).toEqual({ port: 623, quirk: 'a=b' });
  expect(() => keyValues(['=3'])).toThrow(/key=value/);
  expect(() => keyValues(['port'])).toThrow(/key=value/);
});
