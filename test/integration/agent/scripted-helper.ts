import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { agentHello, agentReady, agentReport } from '@metalcast/contracts';
import { waitFor } from '@metalcast/rig';

const bodies = { hello: agentHello, ready: agentReady, report: agentReport };

export interface Heard {
  readonly call: string;
  readonly query: Readonly<Record<string, string>>;
  /** Already checked against the contract. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

/** A deploy helper that says what the test has written down, and keeps what it hears. */
export class ScriptedHelper {
  readonly heard: Heard[] = [];
  /** Status codes to answer the next calls of that name with; then 200. */
  readonly refusals: { call: string; status: number }[] = [];
  private readonly commands: string[] = [];
  private readonly server: Server;

  private constructor(
    private readonly disk: string,
    private readonly empties: string,
  ) {
    this.server = createServer((request, response) => {
      this.answer(request).then(
        ({ status, text }) => {
          response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
        },
        () => response.destroy(),
      );
    });
  }

  static async start(disk: string, empties = disk): Promise<ScriptedHelper> {
    const helper = new ScriptedHelper(disk, empties);
    await new Promise<void>((resolve) => helper.server.listen(0, '127.0.0.1', resolve));
    return helper;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What `next` gives, one after the other; between and after them it is `wait`. */
  command(fields: Readonly<Record<string, string | number>>): void {
    this.commands.push(text(fields));
  }

  /** The n-th call of that name, as soon as it has come. */
  async hears(call: string, nth = 1): Promise<Heard> {
    return waitFor(() => this.heard.filter((each) => each.call === call)[nth - 1], {
      timeoutMs: 60_000,
      what: `${call} number ${nth}; heard ${JSON.stringify(this.heard.map((each) => each.call))}`,
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; text: string }> {
    const url = new URL(request.url ?? '', this.url);
    const path = url.pathname.replace('/v1/agent/', '');
    const json = Buffer.concat(await request.toArray()).toString();
    const schema = bodies[path as keyof typeof bodies] as typeof agentHello | undefined;
    const body = schema === undefined ? {} : schema.strict().parse(JSON.parse(json));
    // How often that is said depends on the machine: not among the other reports.
    const isErasing = 'step' in body && body.step === 'erasing';
    const call = isErasing ? 'erasing' : path;
    const query = Object.fromEntries(url.searchParams);
    this.heard.push({ call, query, body, authorization: request.headers.authorization });
    const refusal = this.refusals.findIndex((each) => each.call === call);
    if (refusal >= 0) {
      return { status: this.refusals.splice(refusal, 1)[0]?.status ?? 500, text: 'no' };
    }
    return { status: 200, text: this.say(call) };
  }

  private say(call: string): string {
    switch (call) {
      case 'hello':
        return text({
          ...{ session: 'the-session', method: 'iscsi', disk: this.disk },
          ...(this.empties === '' ? {} : { empties: this.empties }),
        });
      case 'next':
        return this.commands.shift() ?? text({ command: 'wait' });
      default:
        return '';
    }
  }
}

function text(fields: Readonly<Record<string, string | number>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
