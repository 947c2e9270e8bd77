import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '@metalcast/cloud-client';
import { z } from 'zod';
import { eventSentence, tracedEvent, type TracedEvent } from './sentences.js';
import { showServer, type Server } from './server.js';

const traced = z.object({ events: z.array(tracedEvent) });
// Not more often: each round sends three requests while emulated machines need the CPU.
const everyMs = 500;

export interface Report {
  /** Seconds since the request was accepted. */
  readonly at: number;
  readonly sentence: string;
}

/** Reports the server's events until it is ACTIVE or in ERROR. Polls, because the API has no event stream yet. */
export async function followServer(
  session: Session,
  id: string,
  { timeoutMs, report }: { timeoutMs: number; report: (progress: Report) => void },
): Promise<Server> {
  const deadline = performance.now() + timeoutMs;
  const seen = new Map<string, string>();
  let began: Date | undefined;
  for (;;) {
    const server = await showServer(session, id);
    const node = server['OS-EXT-SRV-ATTR:hypervisor_hostname'];
    const subjects = [id, ...(typeof node === 'string' ? [node] : [])];
    const fresh = (
      await Promise.all(subjects.map((subject) => news(session, subject, seen)))
    ).flat();
    for (const event of fresh.sort((one, other) => Number(one.time) - Number(other.time))) {
      began ??= event.time;
      const at = (Number(event.time) - Number(began)) / 1000;
      const sentence = eventSentence(event);
      // Skips events of the node from before this server.
      if (sentence !== undefined && at >= 0) {
        report({ at, sentence });
      }
    }
    if (server.status !== 'BUILD') {
      return server;
    }
    if (performance.now() > deadline) {
      throw new Error(`server ${id} is still in ${server.status} after ${timeoutMs} ms`);
    }
    await pause(everyMs);
  }
}

async function news(
  session: Session,
  subject: string,
  seen: Map<string, string>,
): Promise<TracedEvent[]> {
  const path = `/events/${subject}?after=${seen.get(subject) ?? '0'}`;
  const { events } = traced.parse(await session.request({ api: 'metalcast', path }));
  const last = events.at(-1);
  if (last !== undefined) {
    seen.set(subject, last.sequence);
  }
  return events;
}
