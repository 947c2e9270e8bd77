import { expect, test } from 'vitest';
import { DeploymentSignals } from './signals.js';

const long = 60_000;

test('a signal for the node wakes the waiter, also when it came before the wait began', async () => {
  const signals = new DeploymentSignals();
  const subscription = signals.listen('a');
  signals.notify('a');
  await subscription.next(long);
  const waiting = subscription.next(long);
  signals.notify('b');
  signals.notify('a');
  await waiting;
  subscription.close();
});

test('the timeout, a hang-up and the end of the service end the wait', async () => {
  const signals = new DeploymentSignals();
  const subscription = signals.listen('a');
  await subscription.next(1);
  const hangUp = new AbortController();
  const waiting = subscription.next(long, hangUp.signal);
  hangUp.abort();
  await waiting;
  await subscription.next(long, hangUp.signal);
  const last = subscription.next(long);
  signals.close();
  await last;
  expect(signals.closed).toBe(true);
  await signals.listen('b').next(long);
});
