import { expect, test } from 'vitest';
import { DeploymentNews } from './news.js';

const long = 60_000;

test('a signal for the node wakes the waiter, also when it came before the wait began', async () => {
  const news = new DeploymentNews();
  const ear = news.listen('a');
  news.tell('a');
  await ear.until(long);
  const waiting = ear.until(long);
  news.tell('b');
  news.tell('a');
  await waiting;
  ear.close();
});

test('the timeout, a hang-up and the end of the service end the wait', async () => {
  const news = new DeploymentNews();
  const ear = news.listen('a');
  await ear.until(1);
  const hangUp = new AbortController();
  const waiting = ear.until(long, hangUp.signal);
  hangUp.abort();
  await waiting;
  await ear.until(long, hangUp.signal);
  const last = ear.until(long);
  news.close();
  await last;
  expect(news.over).toBe(true);
  await news.listen('b').until(long);
});
