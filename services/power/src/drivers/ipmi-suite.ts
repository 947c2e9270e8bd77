// Which cipher suite a BMC was spoken to by. ipmitool that is told none asks the BMC for its list; some BMCs never answer that, which
// costs 3 s of each request.
import type { Fault } from '@metalcast/domain';
import type { Bmc } from '../power-driver.js';

/** What ipmitool 1.8 takes when the BMC tells it no list. */
const fallback = 3;

/** By what ipmitool, which was told no suite, got its session; undefined: it does not say. */
export function suiteIn(output: string): number | undefined {
  const best = /^Using best available cipher suite (\d{1,3})$/m.exec(output)?.[1];
  if (best !== undefined) {
    return Number(best);
  }
  return /^Unable to Get Channel Cipher Suites$/m.test(output) ? fallback : undefined;
}

/** The suite of one BMC for which the enrolment names none; remembers nothing of any other. */
export class Suite {
  constructor(
    private readonly bmc: Pick<Bmc, 'address' | 'suites'>,
    private readonly settings: {
      readonly port: number;
      readonly cipher_suite?: number | undefined;
    },
  ) {}

  /** What worked last. */
  get known(): number | undefined {
    return this.bmc.suites?.get(this.key);
  }

  /** The BMC gave a session to an ipmitool that had been told no suite. */
  worked(output: string): void {
    const suite = suiteIn(output);
    if (suite !== undefined && this.settings.cipher_suite === undefined) {
      this.bmc.suites?.set(this.key, suite);
    }
  }

  /** It may be the suite: the BMC's firmware or settings are others by now, or it is another BMC. */
  failed({ code }: Fault): void {
    if (code !== 'POWER_REFUSED' && code !== 'POWER_NO_TOOL') {
      this.bmc.suites?.delete(this.key);
    }
  }

  private get key(): string {
    return `${this.bmc.address} ${this.settings.port}`;
  }
}
