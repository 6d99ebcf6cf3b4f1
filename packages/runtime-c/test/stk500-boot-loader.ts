import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Bytes of the protocol. Source: Microchip (Atmel) AVR061, "STK500 Communication Protocol", chapters 4 and 5. */
const CRC_EOP = 0x20;
const INSYNC = 0x14;
const OK = 0x10;
const NOSYNC = 0x15;
const UNKNOWN = 0x12;
const GET_SYNC = 0x30;
const GET_SIGN_ON = 0x31;
const GET_PARAMETER = 0x41;
const SET_DEVICE = 0x42;
const SET_DEVICE_EXT = 0x45;
const ENTER_PROGMODE = 0x50;
const LEAVE_PROGMODE = 0x51;
const LOAD_ADDRESS = 0x55;
const UNIVERSAL = 0x56;
const PROG_PAGE = 0x64;
const READ_PAGE = 0x74;
const READ_SIGN = 0x75;

/** How many bytes follow a command before `CRC_EOP`; PROG_PAGE and READ_PAGE say it themselves. */
const ARGUMENT_BYTES: Readonly<Record<number, number>> = {
  [GET_SYNC]: 0,
  [GET_SIGN_ON]: 0,
  [GET_PARAMETER]: 1,
  [SET_DEVICE]: 20,
  [SET_DEVICE_EXT]: 5,
  [ENTER_PROGMODE]: 0,
  [LEAVE_PROGMODE]: 0,
  [LOAD_ADDRESS]: 2,
  [UNIVERSAL]: 4,
  [READ_SIGN]: 0,
};
const PAGE_HEADER_BYTES = 3;
const ERASED = 0xff;

/** The chip that a boot loader runs on. */
export interface Stk500Chip {
  readonly signature: readonly [number, number, number];
  readonly flashBytes: number;
}

/** ATmega328P. Source: Microchip DS40002061B, 27.3 "Signature bytes" and 27.5 "Page size". */
const ATMEGA328P: Stk500Chip = { signature: [0x1e, 0x95, 0x0f], flashBytes: 32768 };

/**
 * A boot loader that speaks STK500 version 1, as Optiboot on an Arduino Uno does, at a TCP port instead of a serial one:
 * avrdude is given `-P net:127.0.0.1:PORT`. What is written stands in `flash`.
 */
export class Stk500BootLoader {
  readonly flash: Uint8Array;
  /** Pages that were written, and whether the programmer took its leave. */
  pagesWritten = 0;
  left = false;
  private address = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly chip: Stk500Chip,
    /** Spoils what is about to be written: a flash that is worn out. */
    private readonly wear: (page: Uint8Array) => Uint8Array,
  ) {
    this.flash = new Uint8Array(chip.flashBytes).fill(ERASED);
    server.on('connection', (socket) => this.serve(socket));
  }

  static async start(
    chip: Stk500Chip = ATMEGA328P,
    wear: (page: Uint8Array) => Uint8Array = (page) => page,
  ): Promise<Stk500BootLoader> {
    const server = createServer();
    const loader = new Stk500BootLoader(server, chip, wear);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return loader;
  }

  /** What `--port` is given. */
  get port(): string {
    return `tcp:127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    let waiting: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (let length = commandBytes(waiting); length > 0 && length <= waiting.length; length = commandBytes(waiting)) {
        const answer = this.answer(waiting.subarray(0, length));
        waiting = waiting.subarray(length);
        socket.write(answer);
      }
    });
  }

  /** The answer to one whole command, its `CRC_EOP` included. */
  private answer(command: Buffer): Uint8Array {
    if (command.at(-1) !== CRC_EOP) return Uint8Array.of(NOSYNC);
    const result = this.execute(command[0]!, command.subarray(1, -1));
    return result === null ? Uint8Array.of(INSYNC, UNKNOWN) : Uint8Array.of(INSYNC, ...result, OK);
  }

  /** The bytes that a command is answered with; null for one that is not known. */
  private execute(command: number, argument: Buffer): Uint8Array | null {
    switch (command) {
      case GET_SIGN_ON:
        return Buffer.from('AVR ISP');
      case GET_PARAMETER:
        return Uint8Array.of(argument[0] === 0x81 ? 4 : argument[0] === 0x82 ? 4 : 3);
      case GET_SYNC:
      case SET_DEVICE:
      case SET_DEVICE_EXT:
      case ENTER_PROGMODE:
        return new Uint8Array(0);
      case LEAVE_PROGMODE:
        this.left = true;
        return new Uint8Array(0);
      case LOAD_ADDRESS:
        // Words of 16 bits.
        this.address = 2 * argument.readUInt16LE(0);
        return new Uint8Array(0);
      case UNIVERSAL:
        return Uint8Array.of(0);
      case READ_SIGN:
        return Uint8Array.from(this.chip.signature);
      case PROG_PAGE:
        this.flash.set(this.wear(argument.subarray(PAGE_HEADER_BYTES)), this.address);
        this.pagesWritten += 1;
        return new Uint8Array(0);
      case READ_PAGE:
        return this.flash.slice(this.address, this.address + argument.readUInt16BE(0));
      default:
        return null;
    }
  }
}

/** How long the command is that begins here; 0 while that is not known. */
function commandBytes(waiting: Buffer): number {
  const command = waiting[0];
  if (command === undefined) return 0;
  if (command !== PROG_PAGE && command !== READ_PAGE) return 2 + (ARGUMENT_BYTES[command] ?? 0);
  if (waiting.length < 1 + PAGE_HEADER_BYTES) return 0;
  return 2 + PAGE_HEADER_BYTES + (command === PROG_PAGE ? waiting.readUInt16BE(1) : 0);
}
