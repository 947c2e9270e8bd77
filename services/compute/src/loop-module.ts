import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';

interface RepeatedWork {
  start(): void;
  stop(): Promise<void>;
}

/** Starts its work when the service has started, and stops it before the service ends. */
export abstract class LoopModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly work: RepeatedWork) {}

  onApplicationBootstrap(): void {
    this.work.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.work.stop();
  }
}
