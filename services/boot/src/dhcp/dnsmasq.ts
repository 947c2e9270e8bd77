import { startDaemon, type Daemon } from '@metalcast/exec';
import type { Logger } from '@metalcast/log';
import { pause } from '@metalcast/work';
import { DhcpLog, type DhcpNews } from './dhcp-log.js';

export interface DnsmasqOptions {
  readonly confFile: string;
  readonly logger: Logger;
  onNews(news: DhcpNews): void;
}

const firstPauseMs = 100;
const longestPauseMs = 5000;
/** A process that lived for so long ended for a new reason: the pause starts from its minimum again. */
const stableMs = 10_000;
const stopGraceMs = 2000;

/** A dnsmasq process that is restarted whenever it ends. */
export class Dnsmasq {
  private daemon: Daemon | undefined;
  private loop: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private isBound = false;

  constructor(private readonly options: DnsmasqOptions) {}

  /** Whether dnsmasq answers requests: its sockets are open, and it has read its hosts. */
  get bound(): boolean {
    return this.isBound;
  }

  get pid(): number | undefined {
    return this.daemon?.pid;
  }

  start(): void {
    this.loop ??= this.keepRunning();
  }

  /** Makes dnsmasq read the host file again; leases stay. */
  reload(): void {
    this.daemon?.signal('SIGHUP');
  }

  /** Ends the process; a new one is started. */
  async restart(): Promise<void> {
    this.isBound = false;
    await this.daemon?.stop(stopGraceMs);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.daemon?.stop(stopGraceMs);
    await this.loop;
  }

  private async keepRunning(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!this.isStopping()) {
      const began = performance.now();
      const exit = await this.runOnce().catch((error: unknown) => ({ err: error }));
      if (this.isStopping()) {
        return;
      }
      pauseMs = performance.now() - began > stableMs ? firstPauseMs : pauseMs;
      this.options.logger.warn({ ...exit, pauseMs }, 'dnsmasq ended, starting it again');
      await pause(pauseMs, this.stopping.signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async runOnce(): Promise<object> {
    const log = new DhcpLog();
    const { confFile } = this.options;
    // The kernel ends dnsmasq with the service: an orphan would go on answering from outdated files.
    this.daemon = startDaemon(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        'dnsmasq',
        '--keep-in-foreground',
        '--log-facility=-',
        `--conf-file=${confFile}`,
      ],
      {
        onLine: (line) => {
          this.heard(line, log.read(line));
        },
      },
    );
    const exit = await this.daemon.ended;
    this.isBound = false;
    return exit;
  }

  private heard(line: string, news: DhcpNews | undefined): void {
    this.options.logger.debug({ line }, 'dnsmasq');
    if (/^dnsmasq: |\bfailed\b|\berror\b/i.test(line)) {
      this.options.logger.warn({ line }, 'dnsmasq complains');
    }
    if (news !== undefined) {
      this.isBound ||= news.kind === 'read';
      this.options.onNews(news);
    }
  }
}
