// A provisioning network in network namespaces of its own.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type RunResult } from '@metalcast/exec';
import { makeNamespace, type Ledger } from '@metalcast/rig';

export const address = '10.88.0.1';
export const httpUrl = `http://${address}:8780`;
export const bridge = 'br-boot';
const programMs = 20_000;

export class Wire {
  constructor(
    private readonly ledger: Ledger,
    private readonly namespaces: { readonly inside: string; readonly outside: string },
  ) {}

  /** Where boot runs. */
  get inside(): string {
    return this.namespaces.inside;
  }

  /** Where the machine is. */
  get outside(): string {
    return this.namespaces.outside;
  }

  /** Makes both namespaces, the bridge, and the machine's cable. */
  async lay(): Promise<void> {
    await makeNamespace(this.ledger, this.inside);
    await makeNamespace(this.ledger, this.outside);
    const { inside, outside } = this;
    await this.ip(inside, 'link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0');
    await this.ip(inside, 'addr', 'add', `${address}/24`, 'dev', bridge);
    await this.ip(inside, 'addr', 'add', 'fd88::1/64', 'dev', bridge, 'nodad');
    await this.ip(inside, 'link', 'set', bridge, 'up');
    await this.ip(
      inside,
      'link',
      'add',
      'cable',
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      outside,
    );
    await this.ip(inside, 'link', 'set', 'cable', 'master', bridge, 'up');
    mkdirSync(this.ledger.folder, { recursive: true });
    writeFileSync(this.script, udhcpcScript);
    chmodSync(this.script, 0o755);
  }

  in(namespace: string, command: string, ...args: readonly string[]): Promise<RunResult> {
    return run('nsenter', [`--net=/run/netns/${namespace}`, command, ...args], {
      timeoutMs: programMs,
    });
  }

  /** A GET by the machine; its body and status. */
  async get(
    path: string,
    ...options: readonly string[]
  ): Promise<{ status: number; body: string }> {
    const { stdout } = await this.in(
      this.outside,
      'curl',
      '-s',
      '-w',
      '\n%{http_code}',
      ...options,
      `${httpUrl}${path}`,
    );
    const lines = stdout.split('\n');
    return { status: Number(lines.pop()), body: lines.join('\n') };
  }

  /**
   * The machine asks for an address, as firmware (vendor class PXEClient) or an installed system would,
   * and takes it. What it got: address, boot file, next server, vendor class; undefined when nobody answered.
   */
  async dhcp(
    mac: string,
    by: 'firmware' | 'system',
    ...options: readonly string[]
  ): Promise<{ ip: string; file?: string; server?: string; vendor?: string } | undefined> {
    await this.ip(this.outside, 'link', 'set', 'eth0', 'down');
    await this.ip(this.outside, 'link', 'set', 'eth0', 'address', mac);
    await this.ip(this.outside, 'link', 'set', 'eth0', 'up');
    const vendor = by === 'firmware' ? ['-V', 'PXEClient:Arch:00000:UNDI:002001'] : [];
    const arguments_ = ['udhcpc', '-i', 'eth0', '-nqf', '-t', '4', '-T', '1', '-s', this.script];
    const { stdout } = await this.in(this.outside, 'busybox', ...arguments_, ...vendor, ...options);
    const got =
      /^GOT (?<ip>\S+) file=(?<file>\S*) server=(?<server>\S*)(?: vendor=(?<vendor>\S+))?/m;
    const { ip, ...more } = got.exec(stdout)?.groups ?? {};
    return ip === undefined ? undefined : { ip, ...more };
  }

  /** A relay with this address passes on a request. The address that is offered; undefined: no answer. */
  async relay(mac: string, relay: string): Promise<string | undefined> {
    await this.ip(this.outside, 'addr', 'replace', `${relay}/24`, 'dev', 'eth0');
    const request = join(import.meta.dirname, 'relayed-request.py');
    const { stdout } = await this.in(this.outside, 'python3', request, relay, address, mac);
    return stdout.trim() || undefined;
  }

  async ip(namespace: string, ...args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await run('ip', ['-n', namespace, ...args], {
      timeoutMs: programMs,
    });
    if (exitCode !== 0) {
      throw new Error(`ip ${args.join(' ')}: ${stderr}`);
    }
  }

  private get script(): string {
    return join(this.ledger.folder, 'udhcpc.sh');
  }
}

const udhcpcScript = `#!/bin/sh
case $1 in
bound)
  ip addr flush dev $interface
  ip addr add $ip/24 dev $interface
  echo "GOT $ip file=$boot_file server=$siaddr vendor=$vendor";;
esac
`;
