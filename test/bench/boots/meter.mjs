import { setTimeout as pause } from 'node:timers/promises';
import { processCpu, treeCpu } from '../process-cpu.mjs';
import { treePss } from '../process-memory.mjs';

const idleMs = 10_000;
const memoryEveryMs = 1000;

/** Takes all counters before and after some work. */
export class Meter {
  constructor({ processes, broker, statements, messages }) {
    this.processes = processes;
    this.broker = broker;
    this.statements = statements;
    this.messages = messages;
  }

  /** The difference that `work` made, for `count` operations. */
  async over(count, work) {
    await this.messages.read();
    await this.statements.reset();
    const before = await this.counters();
    const begun = performance.now();
    const memory = await this.mostMemoryOf(work);
    const seconds = (performance.now() - begun) / 1000;
    const after = await this.counters();
    const rows = await this.statements.read();
    const { published, delivered } = await this.messages.read();
    return {
      count,
      seconds,
      rows,
      memory,
      cpu: differences(before.cpu, after.cpu),
      transactions: after.transactions - before.transactions,
      published: published - before.messages.published,
      delivered: delivered - before.messages.delivered,
    };
  }

  /** Nothing is asked of the services: what they do by themselves, by second. */
  async idle() {
    return this.over(idleMs / 1000, () => pause(idleMs));
  }

  /** The largest PSS of each process, looked at now and then while `work` runs. */
  async mostMemoryOf(work) {
    const most = {};
    const look = () => {
      for (const [name, mib] of Object.entries(this.memory())) {
        most[name] = Math.max(most[name] ?? 0, mib);
      }
    };
    const timer = setInterval(look, memoryEveryMs);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    look();
    return most;
  }

  /** PSS of each process in MiB. */
  memory() {
    const all = { ...this.processes, rabbitmq: this.brokerPid };
    return Object.fromEntries(Object.entries(all).map(([name, pid]) => [name, treePss(pid)]));
  }

  get brokerPid() {
    return Math.min(...this.broker.pids());
  }

  async counters() {
    const cpu = {};
    for (const [name, pid] of Object.entries(this.processes)) {
      if (name === 'deploy-helper') {
        const { own, children } = processCpu(pid);
        cpu[name] = own;
        cpu['its children'] = children;
      } else {
        cpu[name] = treeCpu(pid);
      }
    }
    cpu.rabbitmq = treeCpu(this.brokerPid);
    const [transactions, messages] = await Promise.all([
      this.statements.transactionId(),
      this.messages.now(),
    ]);
    return { cpu, transactions, messages };
  }
}

const differences = (before, after) =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name]]));
