import type { AgentReport } from '@metalcast/contracts';
import {
  clockPlus,
  lockDeployment,
  type Database,
  type Deployment,
  type Node,
  type Tx,
} from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { noteDataOf } from '../deployment/data-of.js';
import { errorEvent, leavingEvent, progressEvent, verifiedEvent } from '../deployment/events.js';
import { failDeployment, percentDone } from '../deployment/fail.js';
import type { DeploymentNews } from '../deployment/news.js';
import { overtaken } from './rejected.js';

interface ReportOptions {
  readonly database: Database;
  readonly news: DeploymentNews;
  readonly logger: Logger;
  readonly timing: { readonly stallMs: number };
}

type Step = AgentReport['step'];

interface Hearing {
  readonly tx: Tx;
  readonly row: Deployment;
  /** The row's node. */
  readonly owner: Node;
  readonly report: AgentReport;
  readonly timing: ReportOptions['timing'];
}

/** What the ramdisk tells of an attempt. */
export class Report {
  constructor(private readonly options: ReportOptions) {}

  /** Repeatable. Fault CONFLICT when the word belongs to an attempt or a state that is over. */
  async hear(report: AgentReport): Promise<void> {
    const { node, epoch, attempt, step, error, evidence } = report;
    await this.options.database.transaction(async (tx) => {
      const found = await lockDeployment(tx.sql, node, epoch);
      if (found?.node.epoch !== epoch || found.deployment.attempt !== attempt) {
        throw overtaken(`attempt ${attempt} of node ${node} is over`);
      }
      const { deployment: row, node: owner } = found;
      await hearing[step]({ tx, row, owner, report, timing: this.options.timing });
    });
    this.options.logger.info({ node, epoch, attempt, step, error, evidence }, 'ramdisk reports');
    this.options.news.tell(node);
  }
}

const hearing: Readonly<Record<Step, (hearing: Hearing) => Promise<void>>> = {
  /** It is alive; there is nothing to decide. */
  target: () => Promise.resolve(),
  erasing: hearErasing,
  verify: hearDigest,
  leaving: hearLeaving,
  error: hearError,
};

/** Hours on a large disk: each word moves the deadline. Events only as the percentage grows. */
async function hearErasing({ tx, row, report, timing }: Hearing): Promise<void> {
  const { bytes = 0, total = 0 } = report;
  if (row.state !== 'targeting' || row.targetAttempt === row.attempt) {
    return;
  }
  const deadlineAt = await clockPlus(tx.sql, timing.stallMs);
  const data = {
    bytesDone: BigInt(bytes),
    total: BigInt(total),
    deadlineAt,
    agentSeenAt: new Date(),
  };
  const erasing = await tx.sql.deployment.update({ where: { id: row.id }, data });
  if (row.total === 0n || percentDone(row) !== percentDone(erasing)) {
    tx.out.emit(progressEvent(report.node, erasing, 'erasing'));
  }
}

async function hearDigest({ tx, row, owner, report }: Hearing): Promise<void> {
  if (['verified', 'restarting', 'left'].includes(row.state)) {
    return;
  }
  const { node, sha256 } = report;
  if (row.state !== 'verifying' || sha256 === undefined) {
    throw overtaken(`node ${node} was not asked to read back its disk`);
  }
  const extents = (row.verifyExtents ?? '').split(' ').filter((extent) => extent !== '');
  const bytes = extents.reduce((sum, extent) => sum + Number(extent.split(':')[1]), 0);
  if (sha256 !== row.verifySha256) {
    const where = `${bytes} bytes in ${extents.length} places, sha256 ${sha256}`;
    const evidence = [
      `expected sha256 ${String(row.verifySha256)}`,
      `extents ${extents.join(' ')}`,
    ];
    const fault = new Fault('VERIFY_FAILED', { node, where }, { evidence: evidence.map(short) });
    await failDeployment(tx, { node, row, fault });
    return;
  }
  const data = { state: 'verified', deadlineAt: null, agentSeenAt: new Date() };
  const verified = await tx.sql.deployment.update({ where: { id: row.id }, data });
  if (!row.zeroed) {
    // All of the disk was written, zeros too.
    await noteDataOf(tx.sql, { node: owner, deployment: verified });
  }
  tx.out.emit(verifiedEvent(node, verified, bytes));
}

async function hearLeaving({ tx, row, report }: Hearing): Promise<void> {
  if (row.state === 'left') {
    return;
  }
  if (row.state !== 'restarting') {
    throw overtaken(`node ${report.node} was not told to restart`);
  }
  const data = { state: 'left', deadlineAt: null, agentSeenAt: new Date() };
  const left = await tx.sql.deployment.update({ where: { id: row.id }, data });
  tx.out.emit(leavingEvent(report.node, left, evidenceOf(report)));
}

/** Ends the deployment, whatever it was at; what it ended with before stays. */
async function hearError({ tx, row, report }: Hearing): Promise<void> {
  const { node } = report;
  const error = report.error ?? 'the ramdisk gave no reason';
  if (['failed', 'left'].includes(row.state)) {
    return;
  }
  tx.out.emit(errorEvent(node, row, error));
  const evidence = evidenceOf(report);
  await failDeployment(tx, { node, row, fault: errorFault(row, report, { error, evidence }) });
}

function errorFault(
  { state, ...row }: Deployment,
  { node, disk, offset }: AgentReport,
  { error, evidence }: { readonly error: string; readonly evidence: readonly string[] },
): Fault {
  if (state === 'verifying') {
    return new Fault('VERIFY_FAILED', { node, where: error }, { evidence });
  }
  if (disk !== undefined && offset !== undefined) {
    return new Fault('ERASE_FAILED', { node, disk, offset, reason: error }, { evidence });
  }
  const percent = percentDone({ state, ...row });
  return new Fault('WRITE_FAILED', { node, percent, reason: error }, { evidence });
}

const evidenceOf = ({ evidence = '' }: AgentReport): string[] =>
  evidence
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(short);

const short = (line: string): string => line.slice(0, 500);
