import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBroker as startServer, waitFor, type Broker } from '@metalcast/rig';
import { Management } from './management.js';
import { testRun } from './test-run.js';

export interface OwnBroker extends Broker {
  readonly management: Management;
  /**
   * Waits until a quorum queue's registration is on the disk, a second or so after its declaration. RabbitMQ
   * 3.10 does not wait for that itself: killed before, the queue is listed again but never finds its leader.
   */
  queueOnDisk(queue: string, vhost?: string): Promise<void>;
  /** Ends it and is done with it. Idempotent. */
  close(): Promise<void>;
}

/** A broker for this test alone, to be stopped, killed and restarted; 5-10 s. Its vhost is `/`. */
export async function startOwnBroker(): Promise<OwnBroker> {
  const ledger = testRun();
  const label = `broker-${randomBytes(6).toString('hex')}`;
  const folder = join(ledger.folder, label);
  const server = await startServer({ folder, ledger, label, logFile: `${folder}.log` });
  return {
    ...server,
    management: new Management(server),
    close: () => server.kill9(),
    async queueOnDisk(queue, vhost = '/') {
      const wanted = `${encodeURIComponent(vhost)}_${queue}`;
      const file = registrations(folder, server.nodeName);
      await waitFor(() => existsSync(file) && readFileSync(file).includes(wanted), {
        timeoutMs: 30_000,
        what: `queue ${queue} to be on the disk`,
      });
    },
  };
}

const registrations = (folder: string, nodeName: string): string =>
  join(folder, 'home', 'mnesia', nodeName, 'quorum', nodeName, 'names.dets');
