import type { BootDevice } from '@metalcast/contracts';
import { Fault, type ObservedPower } from '@metalcast/domain';
import type { Attempt, PowerDriver } from '../power-driver.js';
import { nextPause, pause } from './pause.js';

/** Permission for requests, by the command's row; `HeldCommand` implements it. */
export interface Permission {
  readonly signal: AbortSignal;
  /** Makes a request that changes nothing, if the command still may. */
  read<T>(request: (attempt: Attempt) => Promise<T>): Promise<T>;
  /** Makes a request that changes something, if the row says that the command still may. */
  change<T>(request: (attempt: Attempt) => Promise<T>): Promise<T>;
  /** The phase of the command; stored with the next change. */
  reach(phase: string): void;
}

export interface PatientBmcOptions {
  readonly driver: PowerDriver;
  readonly permission: Permission;
  /**
   * How often a request is repeated that was not answered, or met a busy BMC; the command's deadline ends the retries
   * in any case.
   */
  readonly patience: number;
  /** Called with the result of each request. */
  readonly onAnswer: (fault: Fault | undefined) => void;
}

/** Some BMCs refuse while they are busy: only after this many refusals a refusal counts. */
const refusalsTaken = 3;

/** A driver that asks permission for each request, and repeats a request while the BMC is silent or busy. */
export class PatientBmc {
  /** How the latest request failed; undefined when it was answered. */
  lastFault: Fault | undefined;

  constructor(private readonly options: PatientBmcOptions) {}

  read(): Promise<ObservedPower> {
    return this.request('read', (attempt) => this.options.driver.read(attempt));
  }

  on(): Promise<void> {
    return this.request('change', (attempt) => this.options.driver.on(attempt));
  }

  off(): Promise<void> {
    return this.request('change', (attempt) => this.options.driver.off(attempt));
  }

  softOff(): Promise<void> {
    return this.request('change', (attempt) => this.options.driver.softOff(attempt));
  }

  setBootDevice(device: BootDevice): Promise<void> {
    return this.request('change', (attempt) => this.options.driver.setBootDevice(device, attempt));
  }

  private async request<T>(
    kind: 'read' | 'change',
    ask: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    const failures = { silent: 0, refused: 0 };
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.options.permission[kind](ask);
        this.ended(undefined);
        return answer;
      } catch (error) {
        if (!(error instanceof Fault) || error.code === 'CANCELLED') {
          throw error;
        }
        this.ended(error);
        if (!this.isWorthRepeating(error, failures)) {
          throw error;
        }
      }
      await pause(nextPause(attempt), this.options.permission.signal);
    }
  }

  private isWorthRepeating(
    { code }: Fault,
    failures: { silent: number; refused: number },
  ): boolean {
    switch (code) {
      case 'POWER_UNREACHABLE':
      case 'POWER_BUSY':
        failures.silent += 1;
        return failures.silent <= this.options.patience;
      case 'POWER_REFUSED':
        failures.refused += 1;
        return failures.refused < refusalsTaken;
      default:
        return false;
    }
  }

  private ended(fault: Fault | undefined): void {
    this.lastFault = fault;
    this.options.onAnswer(fault);
  }
}
