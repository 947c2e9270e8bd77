/** The database's clock jumped ahead: what it would have called `from` it calls `to`. */
export interface ClockJump {
  /** The last reading before the jump. */
  readonly from: Date;
  readonly to: Date;
}

/** How far the clock went. */
const lengthOf = ({ from, to }: ClockJump): number => to.getTime() - from.getTime();

/**
 * The deadline by the clock as it goes now. One that was set before a jump, and had not passed, comes as much later as
 * the clock went ahead. `setAt`: when it was set, or any time that it was counted from.
 */
export function fairDeadline(
  jumps: readonly ClockJump[],
  deadline: Date,
  setAt: Date = deadline,
): Date {
  const end = jumps.reduce((at, jump) => {
    const isJumped = at > jump.from.getTime() && setAt.getTime() < jump.to.getTime();
    return isJumped ? at + lengthOf(jump) : at;
  }, deadline.getTime());
  return new Date(end);
}
