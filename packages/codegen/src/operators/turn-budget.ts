import { CompileError } from '@kiln/ir';

/** Turns that the loops of one run may take together, loops within loops included. The C has no such bound. */
const MOST_TURNS = 30_000;

/** What keeps the reference from running a loop that does not end. */
export class TurnBudget {
  private left = MOST_TURNS;

  /** A new run begins. */
  refill(): void {
    this.left = MOST_TURNS;
  }

  /** One more turn of a loop. Throws `CompileError` when there is none left. */
  take(where: string): void {
    this.left -= 1;
    if (this.left >= 0) return;
    const message = `its loops did not end within ${MOST_TURNS} turns, expected fewer in one run`;
    throw new CompileError('E-LOOP', where, message, 'Check the condition of the loop for these inputs');
  }
}
