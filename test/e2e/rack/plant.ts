import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import pg from 'pg';
import type { RackLab } from './rack-lab.js';

/** Leaks a secret on purpose: in a message to a missing queue, a command line, a log and a row. */
export async function plant(lab: RackLab, canary: string): Promise<void> {
  const { amqp, database } = lab.json();
  const connection = await connect(amqp);
  const channel = await connection.createConfirmChannel();
  channel.publish('', 'nobody', Buffer.from(`{"password":"${canary}"}`));
  await channel.waitForConfirms();
  await connection.close();
  writeFileSync(join(lab.folder, 'log', 'planted'), `log in with ${canary}\n`);
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query('UPDATE flavors SET name = $1 WHERE flavorid = $2', [canary, 'lab']);
  await client.end();
  await promisify(execFile)('sh', ['-c', 'sleep 0.5; :', canary]);
}
