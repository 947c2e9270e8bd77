// Makes RabbitMQ copy every published message to the exchange amq.rabbitmq.trace. Runs inside the lab's network
// namespace, where the management API is; reads {port, user, password} on standard input.
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const { port, user, password } = JSON.parse(await text(process.stdin));
const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const deadline = Date.now() + 30_000;

/** The broker answers AMQP slightly before its management API. */
async function turnOn() {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/vhosts/%2F`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ tracing: true }),
    });
    return answer.ok ? undefined : `status ${answer.status}`;
  } catch (error) {
    return String(error);
  }
}

for (let problem = await turnOn(); problem !== undefined; problem = await turnOn()) {
  if (Date.now() > deadline) {
    throw new Error(`RabbitMQ does not trace: ${problem}`);
  }
  await pause(100);
}
