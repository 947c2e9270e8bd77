import type { AgentReport } from '@metalcast/contracts';
import type { Database, Deployment } from '@metalcast/db';
import type { DeploymentOfNode } from '@metalcast/db/deploy-helper';
import { deploymentState, Fault, waitingDeploymentStates } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { serversWithData } from '../preparation/servers-with-data.js';
import { errorEvent, leavingEvent, progressEvent, verifiedEvent } from '../deployment/events.js';
import { failure, percentDone } from '../deployment/fail.js';
import { isOver, isVerified } from '../deployment/progress.js';
import type { DeploymentRows, Proposal } from '../deployment/rows.js';
import { overtaken } from './rejected.js';
import type { Session } from './session.js';

interface ReportOptions {
  readonly database: Database;
  readonly rows: DeploymentRows;
  readonly session: Session;
  readonly logger: Logger;
  readonly timing: { readonly stallMs: number };
}

type Step = AgentReport['step'];

interface Hearing {
  readonly view: DeploymentOfNode;
  readonly report: AgentReport;
  readonly options: ReportOptions;
}

type Hear = (hearing: Hearing) => Promise<Proposal | undefined> | Proposal | undefined;

/** Handles what the ramdisk reports of an attempt. */
export class Report {
  constructor(private readonly options: ReportOptions) {}

  /** Idempotent. Faults: AGENT_REJECTED; CONFLICT when the report belongs to an attempt or a state that is over. */
  async hear(report: AgentReport, authorization: string | undefined): Promise<void> {
    const { node, epoch, attempt, step, error, evidence } = report;
    const { options } = this;
    const current = (found: DeploymentOfNode | undefined): DeploymentOfNode => {
      const view = options.session.checked(report, found, authorization);
      if (view.node.epoch !== epoch || view.deployment.attempt !== attempt) {
        throw overtaken(`attempt ${attempt} of node ${node} is over`);
      }
      return view;
    };
    if (step === 'target') {
      // Shows that the ramdisk is alive; there is nothing to decide.
      current(await options.rows.recent(report));
    } else {
      await options.rows.settle(report, (found) =>
        hearing[step]({ view: current(found), report, options }),
      );
    }
    options.logger.info({ node, epoch, attempt, step, error, evidence }, 'ramdisk reports');
  }
}

const hearing: Readonly<Record<Exclude<Step, 'target'>, Hear>> = {
  erasing: hearErasing,
  verify: hearDigest,
  leaving: hearLeaving,
  error: hearError,
};

/**
 * Erasing a large disk takes hours: each report moves the deadline. Events are published only when the percentage
 * grows.
 */
function hearErasing({ view, report, options }: Hearing): Proposal | undefined {
  const { deployment: row } = view;
  const { bytes = 0, total = 0 } = report;
  if (row.state !== deploymentState.targeting || row.targetAttempt === row.attempt) {
    return undefined;
  }
  return {
    set: { bytesDone: BigInt(bytes), total: BigInt(total) },
    ...{ deadlineMs: options.timing.stallMs, isProgress: true, isAwaited: true },
    tell: (out, erasing) => {
      if (row.total === 0n || percentDone(row) !== percentDone(erasing)) {
        out.emit(progressEvent(report.node, erasing, 'erasing'));
      }
    },
  };
}

async function hearDigest({ view, report, options }: Hearing): Promise<Proposal | undefined> {
  const { deployment: row } = view;
  if (isVerified(row)) {
    return undefined;
  }
  const { node, sha256 } = report;
  if (row.state !== deploymentState.verifying || sha256 === undefined) {
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
    const told = { evidence: evidence.map(short) };
    return failure(view, new Fault('VERIFY_FAILED', { node, where }, told));
  }
  const verified = { ...view, deployment: { ...row, state: deploymentState.verified } };
  return {
    event: 'verified',
    deadlineMs: null,
    // The whole disk was written, zeros included.
    ...(row.zeroed ? {} : { dataOf: await serversWithData(options.database, verified) }),
    tell: (out, changed) => {
      out.emit(verifiedEvent(node, changed, bytes));
    },
  };
}

function hearLeaving({ view: { deployment: row }, report }: Hearing): Proposal | undefined {
  if (row.state === deploymentState.left) {
    return undefined;
  }
  if (row.state !== deploymentState.restarting) {
    throw overtaken(`node ${report.node} was not told to restart`);
  }
  return {
    event: 'leave',
    deadlineMs: null,
    tell: (out, left) => {
      out.emit(leavingEvent(report.node, left, evidenceOf(report)));
    },
  };
}

/** Ends the deployment in any state; a result that is already stored stays. */
function hearError({ view, report }: Hearing): Proposal | undefined {
  const { deployment: row } = view;
  if (isOver(row)) {
    return undefined;
  }
  const error = report.error ?? 'the ramdisk gave no reason';
  const failed = failure(view, errorFault(row, report, { error, evidence: evidenceOf(report) }));
  return {
    ...failed,
    tell: (out, changed) => {
      out.emit(errorEvent(report.node, row, error));
      failed.tell?.(out, changed);
    },
  };
}

const isBeforeWriting = (state: string): boolean =>
  [...waitingDeploymentStates, deploymentState.targeting].some((early) => early === state);

function errorFault(
  { state, ...row }: Deployment,
  { node, disk, offset }: AgentReport,
  { error, evidence }: { readonly error: string; readonly evidence: readonly string[] },
): Fault {
  if (state === deploymentState.verifying) {
    return new Fault('VERIFY_FAILED', { node, where: error }, { evidence });
  }
  if (disk !== undefined && offset !== undefined) {
    return new Fault('ERASE_FAILED', { node, disk, offset, reason: error }, { evidence });
  }
  if (isBeforeWriting(state)) {
    return new Fault('AGENT_FAILED', { node, reason: error }, { evidence });
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
