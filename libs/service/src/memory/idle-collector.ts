import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { letYoungGenerationGrow } from './small-heap.js';

/** CPU time that a process has used, and memory that it holds. */
export interface Footprint {
  readonly cpuMs: number;
  readonly residentMb: number;
}

export interface IdleCollectorOptions {
  readonly footprint: () => Footprint;
  readonly collect: () => void;
}

const everyMs = 5000;
/** An idle service uses less. */
const idleCpuMs = 100;
/** A collection takes some 50 ms: a smaller gain is not worth that. */
const worthMb = 4;

/**
 * Lets a service's heap grow with its work, and collects garbage once the service is idle. V8 collects only when more
 * memory is allocated: an idle process would keep the garbage of its last work, and the large young generation.
 */
export class IdleCollector {
  private cpuMs: number;
  /** After the last collection; 0 before the first. */
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

/** Collects the whole heap. V8 offers its collector to contexts that are created while the flag is set. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
