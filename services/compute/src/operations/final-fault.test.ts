import { Fault, type FaultCode } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { finalFault } from './final-fault.js';

const fault = (code: FaultCode, details = {}) => new Fault(code, details).toRecord('a step');
const tried = (name: string, code: FaultCode) => ({
  node: '00000000-0000-4000-8000-000000000001',
  name,
  host: null,
  fault: { ...fault(code, { node: name }), evidence: [`${name} said so`] },
});
const of = (last: ReturnType<typeof fault>, ...nodes: ReturnType<typeof tried>[]) =>
  finalFault('the-instance', last, nodes, 3);

test('a build that reached no node keeps its fault', () => {
  const last = fault('NO_VALID_HOST', { reason: 'No node is enrolled.' });
  expect(of(last)).toEqual(last);
});

test('a build that failed on its only node keeps that fault', () => {
  const last = fault('IMAGE_MISSING', { image: 'x' });
  expect(of(last, tried('one', 'IMAGE_MISSING'))).toEqual(last);
});

test('without a further node, the faults of the nodes follow the reason', () => {
  const last = fault('NO_VALID_HOST', { reason: 'Of 1 nodes: 1 was tried.' });
  const { code, message, evidence } = of(last, tried('one', 'DISK_MISSING'));
  expect(code).toBe('NO_VALID_HOST');
  expect(message).toMatch(/^No valid host was found\. Of 1 nodes.*Tried before: one: DISK_MISSING/);
  expect(evidence).toContain('one said so');
});

test('after the last try every node is named', () => {
  const nodes = ['one', 'two', 'three'].map((name) => tried(name, 'AGENT_SILENT'));
  const { code, message } = of(fault('AGENT_SILENT'), ...nodes);
  expect(code).toBe('RETRIES_EXHAUSTED');
  expect(message).toContain('Exceeded max scheduling attempts 3 for instance the-instance');
  for (const name of ['one', 'two', 'three']) {
    expect(message).toContain(`${name}: AGENT_SILENT`);
  }
});

test('a fault that no other node could mend is not called exhaustion', () => {
  const last = fault('IMAGE_CORRUPT', { image: 'x' });
  const ended = of(last, tried('one', 'AGENT_SILENT'), tried('two', 'IMAGE_CORRUPT'));
  expect(ended.code).toBe('IMAGE_CORRUPT');
  expect(ended.evidence).toContain('one said so');
});
