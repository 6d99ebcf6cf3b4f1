import { EnvironmentError, InvariantError } from '@kiln/ir';
import { FRAME, FrameReader, encodeFrame } from './frame.js';
import type { Frame } from './frame.js';
import type { SerialLine } from './serial-line.js';

/** How long to wait, in milliseconds. */
export interface Patience {
  /** For a request to be accepted, before it is sent again. */
  readonly acceptedMs: number;
  /** For the next frame of an answer: as long as the slowest layer takes. */
  readonly answerMs: number;
  /** For the board to start, its self-test included. */
  readonly startMs: number;
}

/** What a board says of itself. */
export interface BoardDescription {
  /** Bytes of one request's inputs, and of one inference's trace. */
  readonly requestBytes: number;
  readonly traceBytes: number;
  /** Bytes of stack that are watched. */
  readonly stackBytes: number;
  /** The prefix of the network. */
  readonly network: string;
  /** Whether the self-test that every start begins with has passed. */
  readonly selfTestPassed: boolean;
}

/** What is wanted of each layer, beside the outputs. The argument of a request to run. */
export const RUN_WANTS = { layers: 1, checksums: 2, fresh: 4, time: 8 } as const;

const ATTEMPTS = 5;
const LAST_SEQUENCE = 255;
/** How long to wait for a request to be accepted after the board has said that something arrived damaged. */
const DAMAGED_MS = 300;
const REFUSALS: Readonly<Record<number, string>> = {
  2: 'another version of the protocol',
  3: 'a request of an unknown type',
  4: 'a request of another length',
};

/**
 * The host's side of docs/protocol.md: one request at a time, each with an end to the waiting.
 *
 * Errors of every exchange: `E-BOARD-SILENT` if nothing comes in time, `E-BOARD-CLOSED` if the line ends,
 * `E-BOARD-RESTARTED` if the board started again in between, `E-ENGINE-CRASH` if its core reports a fault,
 * `E-BOARD-REFUSED` if it does not understand.
 */
export class BoardSession {
  private readonly reader = new FrameReader();
  private readonly frames: Frame[] = [];
  private wake: () => void = () => undefined;
  private closedBecause: string | null = null;
  private sequence = 0;

  constructor(
    private readonly line: SerialLine,
    /** Board and network, for messages. */
    private readonly where: string,
    private readonly patience: Patience,
  ) {
    line.onData((bytes) => {
      this.frames.push(...this.reader.push(bytes));
      this.wake();
    });
    void line.closed.then((reason) => {
      this.closedBecause = reason;
      this.wake();
    });
  }

  /** Waits until the board answers, whether it is starting or has been running. */
  async greet(): Promise<BoardDescription> {
    const deadline = Date.now() + this.patience.startMs;
    while (Date.now() < deadline) {
      this.nextSequence();
      this.send(FRAME.hello, 0, new Uint8Array(0));
      const until = Math.min(deadline, Date.now() + this.patience.acceptedMs);
      for (let frame = await this.receive(until); frame !== null; frame = await this.receive(until)) {
        this.checkFault(frame);
        if (frame.type === FRAME.ready) return describe(frame);
      }
    }
    throw this.silent(`to say that it is ready within ${this.patience.startMs / 1000} s`);
  }

  /**
   * Sends a request and waits for its answer: `onFrame` is given every frame of it; the last one, of type `last`, is
   * returned. A request that was not accepted is sent again; the board knows it by its number and does not run it twice.
   */
  async request(
    { type, argument, payload }: Omit<Frame, 'sequence'>,
    last: number,
    onFrame: (frame: Frame) => void = () => undefined,
  ): Promise<Frame> {
    this.nextSequence();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.send(type, argument, payload);
      if (!(await this.isAccepted())) continue;
      for (;;) {
        const frame = await this.receive(Date.now() + this.patience.answerMs);
        if (frame === null) throw this.silent(`an answer within ${this.patience.answerMs / 1000} s`);
        if (!this.belongs(frame)) continue;
        onFrame(frame);
        if (frame.type === last) return frame;
      }
    }
    throw this.silent(`a request to be accepted, which was sent ${ATTEMPTS} times`);
  }

  close(): Promise<void> {
    return this.line.close();
  }

  private nextSequence(): void {
    this.sequence = (this.sequence % LAST_SEQUENCE) + 1;
  }

  private send(type: number, argument: number, payload: Uint8Array): void {
    this.line.write(encodeFrame({ type, sequence: this.sequence, argument, payload }));
  }

  /** Whether the request that was just sent arrived whole. A first frame of its answer says so too, and stays for the next. */
  private async isAccepted(): Promise<boolean> {
    let until = Date.now() + this.patience.acceptedMs;
    for (let frame = await this.receive(until); frame !== null; frame = await this.receive(until)) {
      // Something was damaged: if it was not the request but what stood before it, the answer comes at once.
      if (frame.type === FRAME.refused && frame.sequence === 0) until = Math.min(until, Date.now() + DAMAGED_MS);
      if (!this.belongs(frame)) continue;
      if (frame.type !== FRAME.accepted) this.frames.unshift(frame);
      return true;
    }
    return false;
  }

  /** Whether it answers the last request; other answers are late. Throws for what ends every exchange. */
  private belongs(frame: Frame): boolean {
    this.checkFault(frame);
    if (frame.type === FRAME.ready && frame.sequence === 0) {
      const message = 'expected an answer, found that the board has started again';
      throw new EnvironmentError('E-BOARD-RESTARTED', this.where, message, 'Run the command again');
    }
    if (frame.sequence !== this.sequence) return false;
    if (frame.type === FRAME.refused) {
      const found = REFUSALS[frame.argument] ?? `reason ${frame.argument}`;
      const message = `expected the request to be accepted, found a refusal: ${found}`;
      throw new EnvironmentError(
        'E-BOARD-REFUSED',
        this.where,
        message,
        'Write the firmware of this Kiln to the board',
      );
    }
    return true;
  }

  private checkFault({ type, payload }: Frame): void {
    if (type !== FRAME.fault) return;
    const [cause = 0, address = 0] = words(payload);
    const found = `a fault of the core: cause ${cause} at 0x${address.toString(16).padStart(8, '0')}`;
    throw new InvariantError(
      'E-ENGINE-CRASH',
      this.where,
      `expected the generated C to run to its end, found ${found}`,
    );
  }

  /** The next frame, or null if none has come by `until` (as of `Date.now()`). */
  private async receive(until: number): Promise<Frame | null> {
    for (;;) {
      const frame = this.frames.shift();
      if (frame !== undefined) return frame;
      if (this.closedBecause !== null) {
        const message = `expected an answer, found the line closed: ${this.closedBecause}`;
        throw new EnvironmentError('E-BOARD-CLOSED', this.where, message, 'Run the command again');
      }
      const left = until - Date.now();
      if (left <= 0) return null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  private silent(expected: string): EnvironmentError {
    const remedy = 'Check that the firmware runs there and the line is the right one, then run the command again';
    return new EnvironmentError('E-BOARD-SILENT', this.where, `expected ${expected}, found silence`, remedy);
  }
}

function describe({ argument, payload }: Frame): BoardDescription {
  const [requestBytes = 0, traceBytes = 0, stackBytes = 0] = words(payload);
  const network = Buffer.from(payload.subarray(12)).toString('utf8');
  return { requestBytes, traceBytes, stackBytes, network, selfTestPassed: argument === 0 };
}

/** As many words of 32 bits as there are, the lowest byte first. */
export function words(payload: Uint8Array): number[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Array.from({ length: Math.floor(payload.length / 4) }, (_, i) => view.getUint32(4 * i, true));
}
