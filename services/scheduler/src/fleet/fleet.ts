import { unclaimable } from './claimable.js';
import type { HostKind } from './host-kind.js';
import type { HostState } from './host-state.js';
import { HostTally, ShareTally } from './tallies.js';

/** The nodes of one kind, those that can be claimed at hand. */
export interface KindGroup {
  readonly key: string;
  readonly kind: HostKind;
  /** Nodes of it, claimable or not. */
  size: number;
  /** Claimable and not held, in no order. */
  readonly open: HostState[];
}

interface Entry {
  host: HostState;
  group: KindGroup;
  /** Place in the group's `open`; -1 when it is not there. */
  slot: number;
}

/** A node and the key of its kind, as read from its row. */
export interface ReadHost {
  readonly host: HostState;
  readonly kindKey: string;
}

/**
 * All nodes in memory, indexed by kind. Never the truth: each node has the version of its row, and an older one never
 * replaces a newer one.
 */
export class Fleet {
  private readonly entries = new Map<number, Entry>();
  private readonly idsByUuid = new Map<string, number>();
  private readonly groupsByKey = new Map<string, KindGroup>();
  private waiting: (() => void)[] = [];
  /** How many claims of each node are under way; it may be gone and back meanwhile. */
  private readonly holdsById = new Map<number, number>();
  readonly racks = new ShareTally(({ rack }) => rack);
  readonly powerFeeds = new ShareTally(({ powerFeed }) => powerFeed);
  readonly hosts = new HostTally();
  /** Grows whenever a kind comes or goes: what was judged of the kinds is then incomplete. */
  generation = 0;

  get size(): number {
    return this.entries.size;
  }

  /** How many nodes are being claimed at this moment. */
  get holds(): number {
    return this.holdsById.size;
  }

  get groups(): Iterable<KindGroup> {
    return this.groupsByKey.values();
  }

  *all(): Generator<HostState> {
    for (const { host } of this.entries.values()) {
      yield host;
    }
  }

  get(id: number): HostState | undefined {
    return this.entries.get(id)?.host;
  }

  find(uuid: string): HostState | undefined {
    const id = this.idsByUuid.get(uuid);
    return id === undefined ? undefined : this.get(id);
  }

  groupOf(id: number): KindGroup | undefined {
    return this.entries.get(id)?.group;
  }

  /** The kind of that key that is there already: equal kinds are one object. */
  kind(key: string): HostKind | undefined {
    return this.groupsByKey.get(key)?.kind;
  }

  /** Takes in what was read of a node, unless something newer is known. */
  put(read: ReadHost): void {
    const known = this.get(read.host.id);
    if (known === undefined || known.version <= read.host.version) {
      this.replace(read);
    }
  }

  /** Takes in what was read of a node, whatever was known of it. */
  replace({ host, kindKey }: ReadHost): void {
    const known = this.entries.get(host.id);
    // Joined before the old one is taken out: a kind of one node stays, and what was judged of it.
    const group = this.join(kindKey, host.kind);
    if (known !== undefined) {
      this.take(known);
    }
    const entry = { host, group, slot: -1 };
    this.entries.set(host.id, entry);
    this.idsByUuid.set(host.uuid, host.id);
    this.count(host, 1);
    this.openOrClose(entry);
  }

  /** Forgets a node that is gone. */
  drop(id: number): void {
    const entry = this.entries.get(id);
    if (entry !== undefined) {
      this.take(entry);
      this.entries.delete(id);
      this.idsByUuid.delete(entry.host.uuid);
    }
  }

  /** Forgets all nodes but these. */
  keepOnly(ids: ReadonlySet<number>): void {
    for (const id of [...this.entries.keys()]) {
      if (!ids.has(id)) {
        this.drop(id);
      }
    }
  }

  /** Keeps other requests of this process off a node while its claim is under way. Call what is returned at its end. */
  hold(id: number): () => void {
    this.holdsById.set(id, (this.holdsById.get(id) ?? 0) + 1);
    this.openOrCloseNode(id);
    return () => {
      this.release(id);
    };
  }

  /** Resolves when the next held node is let go; at once when none is held. */
  async nextRelease(): Promise<void> {
    if (this.holds > 0) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private release(id: number): void {
    const others = (this.holdsById.get(id) ?? 0) - 1;
    if (others > 0) {
      this.holdsById.set(id, others);
    } else {
      this.holdsById.delete(id);
    }
    this.openOrCloseNode(id);
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) {
      resolve();
    }
  }

  private join(key: string, kind: HostKind): KindGroup {
    let group = this.groupsByKey.get(key);
    if (group === undefined) {
      group = { key, kind, size: 0, open: [] };
      this.groupsByKey.set(key, group);
      this.generation += 1;
    }
    group.size += 1;
    return group;
  }

  /** Takes the entry out of all that is counted and indexed; it stays in `entries`. */
  private take(entry: Entry): void {
    const { host, group } = entry;
    this.close(entry);
    this.count(host, -1);
    group.size -= 1;
    if (group.size === 0) {
      this.groupsByKey.delete(group.key);
      this.generation += 1;
    }
  }

  private count(host: HostState, by: 1 | -1): void {
    this.racks.count(host, by);
    this.powerFeeds.count(host, by);
    this.hosts.count(host, by);
  }

  private openOrCloseNode(id: number): void {
    const entry = this.entries.get(id);
    if (entry !== undefined) {
      this.openOrClose(entry);
    }
  }

  private openOrClose(entry: Entry): void {
    const { host, group } = entry;
    const isOpen =
      !this.holdsById.has(host.id) && !host.maintenance && unclaimable(host) === undefined;
    if (!isOpen) {
      this.close(entry);
    } else if (entry.slot < 0) {
      entry.slot = group.open.push(host) - 1;
    }
  }

  /** The last one takes its place: order means nothing here. */
  private close(entry: Entry): void {
    const { group, slot } = entry;
    if (slot < 0) {
      return;
    }
    entry.slot = -1;
    const last = group.open.pop();
    if (last !== undefined && slot < group.open.length) {
      group.open[slot] = last;
      const moved = this.entries.get(last.id);
      if (moved !== undefined) {
        moved.slot = slot;
      }
    }
  }
}
