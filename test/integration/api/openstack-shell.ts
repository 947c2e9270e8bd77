// Many commands for one start of Debian's unmodified client, which costs more than a second: without a command it reads
// them from its standard input.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { openstackEnvironment, type OpenstackUser } from './openstack-command.js';

/** Of what the client's shell would take for its own, nothing is sent. */
const plain = /^[\w.:/=-]+$/;
/** Printed on both streams behind a command's output: what came before it is the command's. */
const mark = 'end-of-this-command';
const printMark = `!sh -c "echo ${mark}; echo ${mark} >&2"`;

export class OpenstackShell {
  private readonly said = { stdout: '', stderr: '' };
  private running: Promise<unknown> = Promise.resolve();
  private woken: () => void = () => undefined;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        this.said[name] += text;
        this.woken();
      });
    }
    child.once('close', () => {
      this.woken();
    });
  }

  static start(user: OpenstackUser): OpenstackShell {
    const { cwd, env } = openstackEnvironment(user);
    return new OpenstackShell(spawn('openstack', [], { cwd, env }));
  }

  /** What the command prints. One that complains of anything has failed. */
  readonly run = (...args: readonly string[]): Promise<string> => {
    const result = this.running.then(() => this.runNow(args));
    this.running = result.catch(() => undefined);
    return result;
  };

  readonly data = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await this.run(...args, '-f', 'json'));

  private async runNow(args: readonly string[]): Promise<string> {
    const foreign = args.filter((arg) => !plain.test(arg));
    if (foreign.length > 0) {
      throw new Error(`the client's shell may take these for something else: ${foreign.join(' ')}`);
    }
    this.child.stdin.write(`${args.join(' ')}\n${printMark}\n`);
    const [stdout, stderr] = [await this.until('stdout'), await this.until('stderr')];
    if (stderr.trim() !== '') {
      throw new Error(`openstack ${args.join(' ')}: ${stderr}`);
    }
    return stdout;
  }

  /** The stream's text before the mark, which is taken off it. */
  private async until(stream: 'stdout' | 'stderr'): Promise<string> {
    for (;;) {
      const [before, ...after] = this.said[stream].split(`${mark}\n`);
      if (after.length > 0) {
        this.said[stream] = after.join(`${mark}\n`);
        return before ?? '';
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the client ended: ${this.said.stdout}${this.said.stderr}`);
      }
      await new Promise<void>((wake) => {
        this.woken = wake;
      });
    }
  }

  /** Ends at the end of its input. */
  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((done) => this.child.once('close', done));
      this.child.stdin.end();
      await ended;
    }
  }
}
