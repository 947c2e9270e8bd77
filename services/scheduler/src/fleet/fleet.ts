import { unclaimable } from './claimable.js';
import type { HostKind } from './host-kind.js';
import type { HostState } from './host-state.js';
import { HostTally, ShareTally } from './tallies.js';

/** The nodes of one kind, with a list of those that can be claimed. */
export interface KindGroup {
  readonly key: string;
  readonly kind: HostKind;
  /** Number of all nodes of the kind, claimable or not. */
  size: number;
  /** Claimable nodes that are not held, in no order. */
  readonly open: HostState[];
}

interface Entry {
  host: HostState;
  group: KindGroup;
  /** Index in the group's `open`; -1 when the node is not in the list. */
  slot: number;
}

/** A node as read from its row, with the key of its kind. */
export interface ReadHost {
  readonly host: HostState;
  readonly kindKey: string;
}

/**
 * All nodes in memory, indexed by kind. Only a copy: each node has the version of its row, and an older version never
 * replaces a newer one.
 */
export class Fleet {
  private readonly entries = new Map<number, Entry>();
  private readonly idsByUuid = new Map<string, number>();
  private readonly groupsByKey = new Map<string, KindGroup>();
  private waiting: (() => void)[] = [];
  /** Number of claims under way by node id. A separate map, because a node may be removed and added again meanwhile. */
  private readonly holdsById = new Map<number, number>();
  readonly racks = new ShareTally(({ rack }) => rack);
  readonly powerFeeds = new ShareTally(({ powerFeed }) => powerFeed);
  readonly hosts = new HostTally();
  /** Increases whenever a kind is added or removed: cached answers about kinds are then incomplete. */
  generation = 0;

  get size(): number {
    return this.entries.size;
  }

  /** Number of nodes with a claim under way. */
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

  /** The known kind with that key: equal kinds are one object. */
  kind(key: string): HostKind | undefined {
    return this.groupsByKey.get(key)?.kind;
  }

  /** Stores a node that was read, unless a newer version is known. */
  put(read: ReadHost): void {
    const known = this.get(read.host.id);
    if (known === undefined || known.version <= read.host.version) {
      this.replace(read);
    }
  }

  /** Stores a node that was read, whatever version is known. */
  replace({ host, kindKey }: ReadHost): void {
    const known = this.entries.get(host.id);
    // Joins the new group before leaving the old one: a kind with one node is then kept, with its cached answers.
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

  /** Removes a node. */
  drop(id: number): void {
    const entry = this.entries.get(id);
    if (entry !== undefined) {
      this.take(entry);
      this.entries.delete(id);
      this.idsByUuid.delete(entry.host.uuid);
    }
  }

  /** Removes all nodes except these. */
  keepOnly(ids: ReadonlySet<number>): void {
    for (const id of [...this.entries.keys()]) {
      if (!ids.has(id)) {
        this.drop(id);
      }
    }
  }

  /**
   * Hides a node from other requests of this process while its claim is under way. Returns the function that ends this.
   */
  hold(id: number): () => void {
    this.holdsById.set(id, (this.holdsById.get(id) ?? 0) + 1);
    this.openOrCloseNode(id);
    return () => {
      this.release(id);
    };
  }

  /** Resolves when the next held node is released; at once when no node is held. */
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

  /** Removes the node from counts and indexes, but not from `entries`. */
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

  /** Fills the gap with the last node, since the order has no meaning. */
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
