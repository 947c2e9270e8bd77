import { describe, expect, test } from 'vitest';
import { Fault } from '@metalcast/domain';
import { failureFromWire, failureToWire, noSuchMethod, RemoteError } from './failure.js';

describe('a failure on the wire', () => {
  test('has the keys that oslo.messaging reads, and no stack', () => {
    const fault = new Fault('NOT_FOUND', { what: 'Node', id: 'n1' }, { evidence: ['e'] });
    expect(JSON.parse(failureToWire(fault))).toEqual({
      class: 'Fault',
      module: 'metalcast.fault',
      message: 'Node n1 could not be found.',
      tb: [],
      args: ['Node n1 could not be found.'],
      kwargs: { code: 'NOT_FOUND', details: { what: 'Node', id: 'n1' }, evidence: ['e'] },
    });
  });

  test('is cut: a quoted text may be as large as its request', () => {
    const long = '"\\\0\ud800'.repeat(500_000);
    const fault = new Fault('BAD_REQUEST', { reason: long }, { evidence: Array(500).fill(long) });
    for (const error of [fault, noSuchMethod(long)]) {
      const text = failureToWire(error);
      expect(text.length).toBeLessThan(1_000_000);
      const read = failureFromWire(text);
      expect(read.message).toMatch(/^.{4000,5000}letters\)/su);
      expect(read.message).not.toMatch(/\0|\p{Surrogate}/u);
    }
    const foreign = { class: 'E', module: 'm', message: long, kwargs: {} };
    expect(failureFromWire(JSON.stringify(foreign)).message.length).toBeLessThan(5_000);
  });

  test('is restored unchanged', () => {
    const fault = new Fault('NOT_FOUND', { what: 'Node', id: 'n1' });
    expect(failureFromWire(failureToWire(fault))).toEqual(fault);
    const unknown = noSuchMethod('x');
    expect(failureFromWire(failureToWire(unknown))).toEqual(unknown);
  });

  test.each([
    { what: 'a python exception', module: 'builtins', kwargs: {} },
    { what: 'a code that we do not know', module: 'metalcast.fault', kwargs: { code: 'NEW' } },
    { what: "another's class with a code of ours", module: 'evil', kwargs: { code: 'NOT_FOUND' } },
    {
      what: 'a code that every object has',
      module: 'metalcast.fault',
      kwargs: { code: 'constructor' },
    },
  ])('is opaque when it is $what', ({ module, kwargs }) => {
    const text = JSON.stringify({ class: 'KeyError', module, message: 'm', kwargs, tb: ['…'] });
    expect(failureFromWire(text)).toEqual(new RemoteError('KeyError', module, 'm'));
  });

  test.each(['', 'null', '[]', '"x"', '{'])(
    'that cannot be read (%j) is still a failure',
    (text) => {
      expect(failureFromWire(text)).toBeInstanceOf(RemoteError);
    },
  );
});
