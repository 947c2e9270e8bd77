import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { letYoungGenerationGrow } from './small-heap.js';

/** What a process has used until now, and holds. */
export interface Footprint {
  readonly cpuMs: number;
  readonly residentMb: number;
}

export interface IdleCollectorOptions {
  readonly footprint: () => Footprint;
  readonly collect: () => void;
}

const everyMs = 5000;
/** A service that nobody asks for anything stays below. */
const idleCpuMs = 100;
/** A collection takes some 50 ms: it is not worth less. */
const worthMb = 4;

/**
 * Lets a service's heap grow with its work, and collects garbage once it is idle. V8 collects when more is allocated, so an idle
 * process keeps what its last work left, and a young generation as large as that work made it.
 */
export class IdleCollector {
  private cpuMs: number;
  /** After the last collection; there was none yet since loading. */
  private keptMb = 0;
  private timer: NodeJS.Timeout | undefined;
  private endGrowth: (() => void) | undefined;

  constructor(private readonly options: IdleCollectorOptions) {
    this.cpuMs = options.footprint().cpuMs;
  }

  static start(): IdleCollector {
    const collector = new IdleCollector({ footprint, collect: collectGarbage });
    collector.timer = setInterval(() => {
      collector.look();
    }, everyMs).unref();
    collector.endGrowth = letYoungGenerationGrow();
    return collector;
  }

  stop(): void {
    clearInterval(this.timer);
    this.endGrowth?.();
  }

  look(): void {
    const { footprint, collect } = this.options;
    const { cpuMs, residentMb } = footprint();
    const isIdle = cpuMs - this.cpuMs < idleCpuMs;
    if (isIdle && residentMb >= this.keptMb + worthMb) {
      collect();
      this.keptMb = footprint().residentMb;
    }
    this.cpuMs = footprint().cpuMs;
  }
}

function footprint(): Footprint {
  const { user, system } = process.cpuUsage();
  return {
    cpuMs: (user + system) / 1000,
    residentMb: process.memoryUsage.rss() / 1024 ** 2,
  };
}

/** The whole heap. V8 shows its collector to contexts that are made while the flag is set. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
