// Which cipher suite to use for a BMC. Without a suite ipmitool asks the BMC for its list; some BMCs never answer that,
// and each request waits 3 s.
import type { Fault } from '@metalcast/domain';
import type { Bmc } from '../power-driver.js';

/** The suite that ipmitool 1.8 uses when the BMC sends no list. */
const fallback = 3;

/** The suite of the session that ipmitool chose itself; undefined: the output does not say. */
export function suiteIn(output: string): number | undefined {
  const best = /^Using best available cipher suite (\d{1,3})$/m.exec(output)?.[1];
  if (best !== undefined) {
    return Number(best);
  }
  return /^Unable to Get Channel Cipher Suites$/m.test(output) ? fallback : undefined;
}

/** The suite of one BMC whose enrolment names none. */
export class Suite {
  constructor(
    private readonly bmc: Pick<Bmc, 'address' | 'suites'>,
    private readonly settings: {
      readonly port: number;
      readonly cipher_suite?: number | undefined;
    },
  ) {}

  /** The last suite that worked. */
  get known(): number | undefined {
    return this.bmc.suites?.get(this.key);
  }

  /** A request without a given suite got a session. */
  worked(output: string): void {
    const suite = suiteIn(output);
    if (suite !== undefined && this.settings.cipher_suite === undefined) {
      this.bmc.suites?.set(this.key, suite);
    }
  }

  /** The suite may be the reason: the BMC's firmware or settings may have changed, or it may be another BMC. */
  failed({ code }: Fault): void {
    if (code !== 'POWER_REFUSED' && code !== 'POWER_BUSY' && code !== 'POWER_NO_TOOL') {
      this.bmc.suites?.delete(this.key);
    }
  }

  private get key(): string {
    return `${this.bmc.address} ${this.settings.port}`;
  }
}
