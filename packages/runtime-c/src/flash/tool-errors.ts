import { EnvironmentError } from '@kiln/ir';
import type { ErrorCode } from '@kiln/ir';
import type { Board } from '../board/board.js';
import { udevLine } from '../line/port-permission.js';
import type { Tool } from '../toolchain.js';
import type { FlashToolName } from './flash-plan.js';

const LAST_LINES = 12;

interface Cause {
  readonly code: ErrorCode;
  /** What tools say, each in its words. */
  readonly says: RegExp;
  readonly remedy: (board: Board, name: FlashToolName) => string;
}

const CAUSES: readonly Cause[] = [
  {
    code: 'E-FLASH-PERMISSION',
    says: /LIBUSB_ERROR_ACCESS|insufficient permissions|permission denied|access denied|EACCES/i,
    remedy: (board, name) => permissionRemedy(vendorOf(board, name)),
  },
  {
    code: 'E-FLASH-NO-BOARD',
    says: /no DFU capable|couldn't find any ST-Link|unable to find a matching|no (\w+ )*probes?\b|open failed|no device found/i,
    remedy: (_, name) =>
      name === 'dfu-util'
        ? 'Start the boot loader: hold the boot button while you plug the board in or reset it; then run the command again'
        : 'Plug the board in with a cable that carries data, then run the command again',
  },
  {
    code: 'E-FLASH-FAILED',
    says: /not in sync|getsync|programmer is not responding/i,
    remedy: () => 'Check that it is the port of this board, and that no other program uses it',
  },
  {
    code: 'E-FLASH-FAILED',
    says: /verif\w* (error|failed|mismatch)|mismatch|MIS-MATCHED/i,
    remedy: () => 'The flash holds other bytes than were written: try again, with another cable',
  },
  {
    code: 'E-FLASH-FAILED',
    says: /connection (refused|timed out)|could not connect|interrupted system call/i,
    remedy: () => 'Start the gdb server or the emulator, or name another with --gdb',
  },
];

/** The error for a tool that did not write the image: the last that it said, and what to do about it as far as that is known. */
export function failureError(
  board: Board,
  name: FlashToolName,
  tool: Tool,
  ending: string,
  output: string,
): EnvironmentError {
  const cause = CAUSES.find(({ says }) => says.test(output));
  const message = `expected the image to be written, found ${ending}: ${lastLines(output)}`;
  const remedy = cause?.remedy(board, name) ?? 'See what the tool says; the line that was run can be tried by hand';
  return new EnvironmentError(cause?.code ?? 'E-FLASH-FAILED', tool.name, message, remedy);
}

/** The error for a tool that did not end. */
export function lateError(tool: Tool, limitMs: number, output: string): EnvironmentError {
  const message = `expected an end within ${Math.round(limitMs / 1000)} s, found none: ${lastLines(output)}`;
  return new EnvironmentError('E-FLASH-LATE', tool.name, message, 'Check the board and its cable, then try again');
}

/** Several of them stand below the error's first line. */
function lastLines(output: string): string {
  const lines = output.split(/[\r\n]+/).map((line) => line.trimEnd());
  const last = lines.filter((line) => line !== '').slice(-LAST_LINES);
  if (last.length === 0) return 'it said nothing';
  return `${last.length > 1 ? '\n' : ''}${last.join('\n')}`.replace(/\.$/, '');
}

/** Of the USB device that the tool speaks to. */
function vendorOf({ usb, flashing }: Board, name: FlashToolName): string | null {
  const dfu = flashing?.methods.find((method) => method.tool === 'dfu-util');
  return (name === 'dfu-util' ? dfu?.vendor : usb?.devices[0]?.vendor) ?? null;
}

function permissionRemedy(vendor: string | null): string {
  const remedy = 'Allow your user to use the USB device';
  return process.platform !== 'linux' || vendor === null ? remedy : `${remedy}: ${udevLine('usb', vendor)}`;
}
