import { setTimeout as pause } from 'node:timers/promises';
import { processCpu, treeCpu } from '../process-cpu.mjs';

const idleMs = 10_000;

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
    await work();
    const seconds = (performance.now() - begun) / 1000;
    const after = await this.counters();
    const rows = await this.statements.read();
    const { published, delivered } = await this.messages.read();
    return {
      count,
      seconds,
      rows,
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
    cpu.rabbitmq = treeCpu(Math.min(...this.broker.pids()));
    const [transactions, messages] = await Promise.all([
      this.statements.transactionId(),
      this.messages.now(),
    ]);
    return { cpu, transactions, messages };
  }
}

const differences = (before, after) =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name]]));
