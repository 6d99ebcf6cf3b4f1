import { expect, test } from 'vitest';
import { BoardSession } from './board-session.js';
import { encodeFrame, FRAME, FrameReader } from './frame.js';
import type { Frame } from './frame.js';
import type { SerialLine } from './serial-line.js';

/** Short enough for tests of silence, long enough for a busy machine. */
const PATIENCE = { acceptedMs: 100, answerMs: 150, startMs: 400 };
const NOTHING = new Uint8Array(0);

/** A board of the test's own at the other end of a line: what it does with each request is the test's to say. */
class ScriptedBoard implements SerialLine {
  readonly requests: Frame[] = [];
  readonly closed: Promise<string>;
  private readonly reader = new FrameReader();
  private listener: (bytes: Uint8Array) => void = () => undefined;
  private readonly end: { close: (reason: string) => void };

  constructor(private readonly answer: (request: Frame, board: ScriptedBoard) => void) {
    const end = { close: (_reason: string): void => undefined };
    this.closed = new Promise((resolve) => (end.close = resolve));
    this.end = end;
  }

  write(bytes: Uint8Array): void {
    for (const request of this.reader.push(bytes)) {
      this.requests.push(request);
      this.answer(request, this);
    }
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener;
  }

  say(type: number, sequence: number, argument = 0, payload: Uint8Array = NOTHING): void {
    this.listener(encodeFrame({ type, sequence, argument, payload }));
  }

  hangUp(reason: string): void {
    this.end.close(reason);
  }

  close(): Promise<void> {
    this.hangUp('closed');
    return Promise.resolve();
  }
}

function sessionWith(answer: (request: Frame, board: ScriptedBoard) => void) {
  const board = new ScriptedBoard(answer);
  return { board, session: new BoardSession(board, 'tiny.c on a board', PATIENCE) };
}

const SELF_TEST = { type: FRAME.selfTest, argument: 0, payload: NOTHING };

function selfTest(session: BoardSession): Promise<Frame> {
  return session.request(SELF_TEST, FRAME.selfTestResult);
}

test('a board that is slow to start is greeted until it answers', async () => {
  const description = Buffer.concat([Uint8Array.of(16, 0, 0, 0, 115, 0, 0, 0, 0, 1, 0, 0), Buffer.from('tiny')]);
  const { board, session } = sessionWith(({ sequence }, { requests }) => {
    if (requests.length === 3) board.say(FRAME.ready, sequence, 1, description);
  });
  expect(await session.greet()).toEqual({
    ...{ requestBytes: 16, traceBytes: 115, stackBytes: 256 },
    ...{ network: 'tiny', selfTestPassed: false },
  });
});

test('a board that never answers is given up', async () => {
  const { session } = sessionWith(() => undefined);
  await expect(session.greet()).rejects.toMatchObject({ code: 'E-BOARD-SILENT', exitCode: 1 });
});

test('a request that nobody accepts is sent five times with one number, then given up', async () => {
  const { board, session } = sessionWith(() => undefined);
  await expect(selfTest(session)).rejects.toMatchObject({ code: 'E-BOARD-SILENT' });
  expect(board.requests.map(({ sequence }) => sequence)).toEqual([1, 1, 1, 1, 1]);
});

test('a request that was lost twice is answered at the third time', async () => {
  const { session } = sessionWith(({ sequence }, board) => {
    if (board.requests.length < 3) return;
    board.say(FRAME.accepted, sequence);
    board.say(FRAME.selfTestResult, sequence, 1, Buffer.from('conv'));
  });
  expect(Buffer.from((await selfTest(session)).payload).toString()).toBe('conv');
});

test('an answer whose ACCEPTED was lost counts all the same', async () => {
  const { board, session } = sessionWith(({ sequence }, { requests }) => {
    if (requests.length === 1) board.say(FRAME.selfTestResult, sequence);
  });
  expect((await selfTest(session)).type).toBe(FRAME.selfTestResult);
});

test('answers to earlier requests are passed over', async () => {
  const { session } = sessionWith(({ sequence }, board) => {
    board.say(FRAME.selfTestResult, sequence + 100, 1);
    board.say(FRAME.accepted, sequence);
    board.say(FRAME.done, sequence - 1, 11);
    board.say(FRAME.selfTestResult, sequence, 0);
  });
  expect((await selfTest(session)).argument).toBe(0);
});

test('a board that accepts and then says nothing is given up', async () => {
  const { session } = sessionWith(({ sequence }, board) => board.say(FRAME.accepted, sequence));
  await expect(selfTest(session)).rejects.toMatchObject({
    ...{ code: 'E-BOARD-SILENT', where: 'tiny.c on a board' },
    message: expect.stringContaining('an answer within 0.15 s'),
  });
});

test.each([
  ['starts again in the middle', FRAME.ready, 'E-BOARD-RESTARTED'],
  ['reports a fault', FRAME.fault, 'E-ENGINE-CRASH'],
] as const)('a board that %s is an error', async (_what, type, code) => {
  const { session } = sessionWith(({ sequence }, board) => {
    board.say(FRAME.accepted, sequence);
    board.say(type, 0, 0, Uint8Array.of(3, 0, 0, 0, 0x34, 0x12, 0, 0x08));
  });
  await expect(selfTest(session)).rejects.toMatchObject({ code });
});

test('a fault is told with its cause and its place', async () => {
  const { session } = sessionWith((_request, board) =>
    board.say(FRAME.fault, 0, 0, Uint8Array.of(3, 0, 0, 0, 0x34, 0x12, 0, 0x08)),
  );
  await expect(selfTest(session)).rejects.toThrow('cause 3 at 0x08001234');
});

test('a refusal says what the board did not understand', async () => {
  const { session } = sessionWith(({ sequence }, board) => board.say(FRAME.refused, sequence, 2));
  await expect(selfTest(session)).rejects.toMatchObject({
    code: 'E-BOARD-REFUSED',
    message: expect.stringContaining('another version of the protocol'),
  });
});

test('a line that ends is an error with its reason', async () => {
  const { session } = sessionWith((_request, board) => board.hangUp('the cable was pulled'));
  await expect(selfTest(session)).rejects.toMatchObject({
    code: 'E-BOARD-CLOSED',
    message: expect.stringContaining('the cable was pulled'),
  });
});

test('numbers of requests go round from 255 to 1, past 0', async () => {
  const { board, session } = sessionWith(({ sequence }, { requests }) => {
    board.say(FRAME.selfTestResult, sequence, requests.length & 1);
  });
  for (let i = 0; i < 256; i++) await selfTest(session);
  expect(board.requests.slice(-2).map(({ sequence }) => sequence)).toEqual([255, 1]);
});
