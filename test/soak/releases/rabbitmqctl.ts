import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { requireResult, type LabContext } from '@metalcast/lab';

/** Not /usr/sbin/rabbitmqctl: that wrapper changes to the package's account, which has another broker's cookie. */
const program = '/usr/lib/rabbitmq/bin/rabbitmqctl';
const timeoutMs = 60_000;

/** Runs RabbitMQ's own command on the cloud's broker; returns what it prints. */
export async function rabbitmqctl(
  { paths, broker }: LabContext,
  args: readonly string[],
): Promise<string> {
  const { nodeName } = requireResult(broker, 'the broker');
  const inside = [`--net=/run/netns/${paths.namespace}`, program, '--node', nodeName, '--quiet'];
  const { exitCode, stdout, stderr } = await run('nsenter', [...inside, ...args], {
    timeoutMs,
    env: { HOME: join(paths.data, 'broker', 'home') },
  });
  if (exitCode !== 0) {
    throw new Error(`rabbitmqctl ${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
  return stdout;
}
