import { run, type RunResult } from '@metalcast/exec';
import { Fault, type ObservedPower } from '@metalcast/domain';
import { ipmitoolHome } from '../ipmitool-home.js';
import type { Attempt, Bmc, PowerDriver } from '../power-driver.js';
import { ipmiFailure } from './ipmi-answers.js';
import { Suite } from './ipmi-suite.js';

export interface IpmiSettings {
  /** UDP port. */
  readonly port: number;
  readonly cipher_suite?: number | undefined;
  readonly privilege: string;
  readonly boot_persistent: boolean;
  readonly boot_efi?: boolean | undefined;
  readonly answer_s?: number | undefined;
  readonly tries?: number | undefined;
}

const bootDevices = { network: 'pxe', disk: 'disk' } as const;

/** IPMI 2.0 by ipmitool. The password is passed by descriptor 3, never in argv or environment. */
export function openIpmi(bmc: Bmc, settings: IpmiSettings): PowerDriver {
  const ask = (words: readonly string[], attempt: Attempt): Promise<string> =>
    ipmitool({ bmc, settings, words, attempt });
  const bootOptions = [
    ...(settings.boot_persistent ? ['persistent'] : []),
    ...((settings.boot_efi ?? bmc.firmware === 'uefi') ? ['efiboot'] : []),
  ];
  return {
    async read(attempt) {
      return observed(await ask(['power', 'status'], attempt));
    },
    async on(attempt) {
      await ask(['power', 'on'], attempt);
    },
    async off(attempt) {
      await ask(['power', 'off'], attempt);
    },
    async softOff(attempt) {
      await ask(['power', 'soft'], attempt);
    },
    async setBootDevice(device, attempt) {
      const options = bootOptions.length === 0 ? [] : [`options=${bootOptions.join(',')}`];
      await ask(['chassis', 'bootdev', bootDevices[device], ...options], attempt);
    },
  };
}

function observed(stdout: string): ObservedPower {
  const state = /^Chassis Power is (on|off)$/m.exec(stdout)?.[1];
  return state === 'on' || state === 'off' ? state : 'unknown';
}

/**
 * One request with the last suite that worked. If the BMC no longer has that suite, the request did not reach it yet,
 * so another suite is negotiated.
 */
async function ipmitool(request: Request): Promise<string> {
  const { bmc, settings, attempt } = request;
  const suite = new Suite(bmc, settings);
  const { known } = suite;
  if (settings.cipher_suite !== undefined || known === undefined) {
    return call(request, settings.cipher_suite, suite);
  }
  const begun = performance.now();
  try {
    return await call(request, known, suite);
  } catch (error) {
    const timeoutMs = Math.floor(attempt.timeoutMs - (performance.now() - begun));
    if (!(error instanceof Fault) || error.code !== 'POWER_CIPHER' || timeoutMs <= 0) {
      throw error;
    }
    return call({ ...request, attempt: { ...attempt, timeoutMs } }, undefined, suite);
  }
}

async function call(
  request: Request,
  cipherSuite: number | undefined,
  suite: Suite,
): Promise<string> {
  const { bmc, attempt } = request;
  const result = await run('ipmitool', argumentsOf(request, cipherSuite), {
    timeoutMs: attempt.timeoutMs,
    secret: bmc.password,
    env: { HOME: ipmitoolHome },
    ...(attempt.signal === undefined ? {} : { signal: attempt.signal }),
  });
  attempt.signal?.throwIfAborted();
  // A refused boot device is reported on standard error only, with exit status 0.
  if (result.exitCode !== 0 || /^Set Chassis .* failed/m.test(result.stderr)) {
    const fault = faultOf(request, result, cipherSuite);
    suite.failed(fault);
    throw fault;
  }
  if (cipherSuite === undefined) {
    suite.worked(result.stderr);
  }
  return result.stdout;
}

function argumentsOf({ bmc, settings, words }: Request, suite: number | undefined): string[] {
  const { waits } = bmc;
  const { port, privilege, answer_s: answerS = waits.answerS, tries = waits.tries } = settings;
  return [
    ...['-v', '-I', 'lanplus', '-H', bmc.address, '-p', String(port), '-U', bmc.user],
    ...['-f', '/dev/fd/3', '-L', privilege, '-N', String(answerS), '-R', String(tries)],
    ...(suite === undefined ? [] : ['-C', String(suite)]),
    ...words,
  ];
}

interface Request {
  readonly bmc: Bmc;
  readonly settings: IpmiSettings;
  readonly words: readonly string[];
  readonly attempt: Attempt;
}

function faultOf(
  { bmc, words, attempt }: Request,
  result: RunResult,
  suite: number | undefined,
): Fault {
  const { node, address } = bmc;
  if (result.spawnError !== undefined) {
    return new Fault('POWER_NO_TOOL', { tool: 'ipmitool', reason: result.spawnError, node });
  }
  const failure = ipmiFailure(`${result.stdout}\n${result.stderr}`);
  const evidence = failure.evidence.map((line) => withoutPassword(line, bmc.password));
  if (result.timedOut) {
    const late = `no answer within ${attempt.timeoutMs} ms`;
    return new Fault('POWER_UNREACHABLE', { node, address }, { evidence: [...evidence, late] });
  }
  const { code } = failure;
  const details = {
    node,
    address,
    target: words.slice(1).join(' '),
    ...(code === 'POWER_CIPHER' ? { cipherSuite: suite ?? 'negotiated' } : {}),
    ...(code === 'POWER_REFUSED' || code === 'POWER_BUSY'
      ? { answer: withoutPassword(failure.answer, bmc.password) }
      : {}),
  };
  return new Fault(code, details, { evidence });
}

/** ipmitool does not print the password; if it ever does, the password goes no further. */
const withoutPassword = (text: string, password: string): string =>
  password === '' ? text : text.replaceAll(password, '[redacted]');
