import { setTimeout as delay } from 'node:timers/promises';
import { powerCommandState } from '@metalcast/domain';
import type { PowerCommand } from '../../api/nodes.js';
import { faultSentence } from './fault-sentence.js';

const askAgainMs = 500;

/** A command, and how it stood when it was last asked for; undefined: the power service had not taken it in. */
export interface CommandSeen {
  readonly uuid: string;
  readonly command: PowerCommand | undefined;
}

export interface Until {
  readonly timeoutMs: number;
  /** Waits between two questions; for tests. */
  readonly pause?: () => Promise<unknown>;
}

const isEnded = (command: PowerCommand | undefined): boolean =>
  command?.finished_at !== null && command?.finished_at !== undefined;

/** Asks for the command until it has ended, or the time is over. */
export async function untilEnded(
  read: () => Promise<PowerCommand | undefined>,
  { timeoutMs, pause = () => delay(askAgainMs) }: Until,
): Promise<PowerCommand | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const command = await read();
    if (isEnded(command) || performance.now() >= deadline) {
      return command;
    }
    await pause();
  }
}

/** Whether the power is as it was asked for. */
export const isDone = ({ command }: CommandSeen): boolean =>
  command?.state === powerCommandState.succeeded;

/** A line for each command; `seconds`: how long it was waited for. */
export function endSentence(
  { uuid, command }: CommandSeen,
  { target, seconds }: { readonly target: string; readonly seconds: number },
): string {
  const what = `node ${uuid}: power ${target}`;
  if (isEnded(command)) {
    return command?.state === powerCommandState.succeeded
      ? `${what}: done`
      : `${what}: ${faultSentence(command?.fault, uuid)}`;
  }
  const state =
    command === undefined
      ? 'no power service has taken it in (`metalcast service list`)'
      : `it is ${command.state}`;
  return `${what}: not ended after ${seconds} s, ${state}; \`metalcast node show ${uuid}\` shows its end`;
}
