// docs/operating/upgrade.md as something to carry out, so that the page and the tests cannot differ.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames, type ServiceName } from '@metalcast/domain';
import { hostUrls, insidePorts, metalcast, type LabContext } from '@metalcast/lab';
import { thisCheckout } from './old-release.js';
import { rabbitmqctl } from './rabbitmqctl.js';

const page = join(thisCheckout, 'docs', 'operating', 'upgrade.md');

/** The page's folders of the two releases. */
export type Folder = '/opt/metalcast-0.1.0' | '/opt/metalcast-0.2.0';

/** The installation that the page's commands change. */
export interface Installation {
  readonly context: LabContext;
  /** The checkouts that stand for the page's folders. */
  readonly checkouts: Readonly<Record<Folder, string>>;
  /** Starts a service from a checkout, in place of its running process. */
  readonly restart: (service: ServiceName, checkout: string) => Promise<void>;
}

/** The commands of a section, in order. */
export function commandsOf(section: 'Upgrade' | 'Rollback'): string[] {
  const [, text = ''] = readFileSync(page, 'utf8').split(`\n## ${section}\n`);
  const [own = ''] = text.split('\n## ');
  return [...own.matchAll(/^ {4,}(\S.*?)(?: +#.*)?$/gm)].map(([, command = '']) => command);
}

/** The commands before the first service is restarted: those for the database and for the broker. */
export function preparations(): string[] {
  const all = commandsOf('Upgrade');
  return all.slice(
    0,
    all.findIndex((command) => command.startsWith('ln ')),
  );
}

/** Carries out commands of the page, one after another, as one shell does. */
export class Operator {
  private folder: string | undefined;
  private link: string | undefined;

  constructor(private readonly on: Installation) {}

  /** Throws on a command that it does not know: a change of the page needs one here. */
  async perform(command: string): Promise<void> {
    for (const [pattern, action] of this.actions) {
      const found = pattern.exec(command);
      if (found !== null) {
        await action(found[1] ?? '');
        return;
      }
    }
    throw new Error(`no test of the upgrade page can carry out: ${command}`);
  }

  private readonly actions: readonly (readonly [RegExp, (argument: string) => Promise<void>])[] = [
    // The checkouts are there already, made by the same two commands.
    [/^git clone .* && cd (\S+) && npm ci && npm run build$/, (to) => this.enter(to)],
    [/^cd (\S+)$/, (to) => this.enter(to)],
    [
      /^cd (\S+) && npx metalcast db sync$/,
      async (to) => {
        await this.enter(to);
        await this.run(['db', 'sync'], { DATABASE_URL: hostUrls(this.on.context).database });
      },
    ],
    [
      /^npx metalcast broker users create \/etc\/metalcast\/broker --address \S+ --vhost \S+$/,
      () => {
        const address = `127.0.0.1:${String(insidePorts.amqp)}`;
        return this.run(['broker', 'users', 'create', this.logins, '--address', address]);
      },
    ],
    [
      /^rabbitmqctl import_definitions \/etc\/metalcast\/broker\/(definitions\.json)$/,
      async (file) => {
        await rabbitmqctl(this.on.context, ['import_definitions', join(this.logins, file)]);
      },
    ],
    [
      /^ln -sfn (\S+) \/opt\/metalcast$/,
      (to) => {
        this.link = this.checkout(to);
        return Promise.resolve();
      },
    ],
    [/^systemctl restart (metalcast@.+)$/, (units) => this.restart(units.split(' '))],
  ];

  private get logins(): string {
    return join(this.on.context.paths.data, 'secrets', 'broker');
  }

  private enter(folder: string): Promise<void> {
    this.folder = this.checkout(folder);
    return Promise.resolve();
  }

  private run(args: readonly string[], env?: Record<string, string>): Promise<void> {
    return metalcast({ checkout: known(this.folder, 'cd') }, args, env);
  }

  /** One after another, because the page says to wait for each. */
  private async restart(units: readonly string[]): Promise<void> {
    for (const unit of units) {
      const service = serviceNames.find((name) => unit === `metalcast@${name}`);
      await this.on.restart(known(service, unit), known(this.link, 'ln'));
    }
  }

  private checkout(folder: string): string {
    return known(this.on.checkouts[folder as Folder], folder);
  }
}

function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`the upgrade page has no ${what} that fits`);
  }
  return value;
}
