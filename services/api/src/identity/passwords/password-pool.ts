import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { keepYoungGenerationSmall } from '@metalcast/service/small-heap';
import { passwordWorkerSource, type Derivation, type Derived } from './password-worker.js';

interface Waiting {
  readonly work: Derivation;
  readonly resolve: (key: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  current: Waiting | undefined;
}

const closedReason = 'No more passwords are verified: the service stops.';

/** One core is left to the API's own thread. */
const defaultThreads = Math.max(1, Math.min(2, availableParallelism() - 1));

/**
 * Derives keys in threads of its own. A derivation takes a tenth of a second of CPU; in the pool that Node shares among
 * file operations and name look-ups, a few derivations delay everything else. A thread starts when it is first needed.
 * When a thread dies, its derivation fails and the thread is replaced. No thread keeps the process alive.
 */
@Injectable()
export class PasswordPool implements OnApplicationShutdown {
  private readonly threads: Thread[] = [];
  /** The urgent derivations go first. */
  private readonly urgent: Waiting[] = [];
  private readonly ordinary: Waiting[] = [];
  private closed = false;

  constructor(private readonly size = defaultThreads) {}

  /** Derivations that wait for a thread. The pool refuses none: its callers limit who may add one. */
  get waiting(): { readonly urgent: number; readonly ordinary: number } {
    return { urgent: this.urgent.length, ordinary: this.ordinary.length };
  }

  derive(work: Derivation, urgency: 'urgent' | 'ordinary'): Promise<Uint8Array> {
    if (this.closed) {
      return Promise.reject(new Error(closedReason));
    }
    return new Promise((resolve, reject) => {
      this[urgency].push({ work, resolve, reject });
      this.next();
    });
  }

  /** Rejects the derivations that wait or are under way. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of [...this.urgent.splice(0), ...this.ordinary.splice(0)]) {
      reject(new Error(closedReason));
    }
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private next(): void {
    const thread = this.idleThread();
    const waiting = this.urgent[0] === undefined ? this.ordinary : this.urgent;
    const first = thread && waiting.shift();
    if (thread !== undefined && first !== undefined) {
      thread.current = first;
      thread.worker.ref();
      thread.worker.postMessage(first.work);
    }
  }

  private idleThread(): Thread | undefined {
    if (this.urgent.length + this.ordinary.length === 0) {
      return undefined;
    }
    const idle = this.threads.find(({ current }) => current === undefined);
    return idle ?? (this.threads.length < this.size ? this.start() : undefined);
  }

  private start(): Thread {
    // The thread gets neither environment nor arguments of the process: it reads messages only.
    const worker = new Worker(passwordWorkerSource, {
      eval: true,
      env: {},
      argv: [],
      execArgv: [],
    });
    const thread: Thread = { worker, current: undefined };
    worker.unref();
    worker.on('online', keepYoungGenerationSmall);
    worker.on('message', (derived: Derived) => {
      this.settle(thread, derived);
    });
    // 'exit' follows; its handler fails the derivation.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.threads.splice(this.threads.indexOf(thread), 1);
      this.settle(thread, { error: 'The thread that derived the key ended.' });
    });
    this.threads.push(thread);
    return thread;
  }

  private settle(thread: Thread, derived: Derived): void {
    const { current, worker } = thread;
    thread.current = undefined;
    worker.unref();
    if ('key' in derived) {
      current?.resolve(derived.key);
    } else {
      current?.reject(new Error(derived.error));
    }
    this.next();
  }
}
