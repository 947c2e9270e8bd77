import { Module } from '@nestjs/common';
import { Deriver } from '@metalcast/keys';
import { SERVICE } from '@metalcast/service';
import type { DeployHelperContext } from '../config.js';
import { DeploymentModule } from '../deployment/deployment.module.js';
import { OtherHelpers } from '../deployment/other-helpers.js';
import { DeploymentRows } from '../deployment/rows.js';
import { DeploymentSignals } from '../deployment/signals.js';
import { DeploymentWorkers } from '../deployment/workers/workers.js';
import { AGENT_CALLS, AgentListener } from './agent-listener.js';
import type { AgentCalls } from './agent-server.js';
import { Hello } from './hello.js';
import { Next } from './next.js';
import { DiskOffered } from './disk-offered.js';
import { Report } from './report.js';
import { Session } from './session.js';

/** What answers ramdisks: a provider for each of their requests. */
@Module({
  imports: [DeploymentModule],
  providers: [
    AgentListener,
    {
      provide: Session,
      inject: [SERVICE, DeploymentRows],
      useFactory: ({ keys }: DeployHelperContext, rows: DeploymentRows) =>
        new Session({ rows, agent: new Deriver(keys.agent) }),
    },
    {
      provide: Hello,
      inject: [SERVICE, DeploymentRows, DeploymentWorkers, OtherHelpers],
      useFactory: helloOf,
    },
    { provide: DiskOffered, inject: [SERVICE, DeploymentRows, Session], useFactory: readyOf },
    { provide: Report, inject: [SERVICE, DeploymentRows, Session], useFactory: reportOf },
    { provide: Next, inject: [SERVICE, DeploymentSignals, Session], useFactory: nextOf },
    { provide: AGENT_CALLS, inject: [Hello, DiskOffered, Report, Next], useFactory: callsOf },
  ],
})
export class AgentModule {}

function helloOf(
  { database, keys, host, config: timing }: DeployHelperContext,
  rows: DeploymentRows,
  workers: DeploymentWorkers,
  others: OtherHelpers,
): Hello {
  const onQueued = (node: string): void => {
    others.wake(node);
    workers.wake();
  };
  const { maxAttempts } = timing;
  const agent = new Deriver(keys.agent);
  return new Hello({ database, agent, rows, host, onQueued, timing, maxAttempts });
}

function readyOf(
  { database, config: timing }: DeployHelperContext,
  rows: DeploymentRows,
  session: Session,
): DiskOffered {
  return new DiskOffered({ database, rows, session, timing });
}

function reportOf(
  { database, logger, config: timing }: DeployHelperContext,
  rows: DeploymentRows,
  session: Session,
): Report {
  return new Report({ database, rows, session, logger, timing });
}

function nextOf(
  { keys, config }: DeployHelperContext,
  signals: DeploymentSignals,
  session: Session,
): Next {
  const agent = new Deriver(keys.agent);
  return new Next({ agent, session, signals, holdMs: config.nextHoldMs });
}

function callsOf(hello: Hello, ready: DiskOffered, report: Report, next: Next): AgentCalls {
  return { hello, ready, report, next };
}
