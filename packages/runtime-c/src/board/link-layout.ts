import type { Board } from './board.js';
import type { BoardFamily } from './board-family.js';

/** How the linker learns of a board's memory. */
export interface LinkLayout {
  /** The compiler's arguments. */
  readonly args: readonly string[];
  /** Paths within this package that stand beside the network. */
  readonly sources: readonly string[];
  /** The text of "memory.ld". */
  readonly memory: string;
}

/** Flash and RAM of a board as if they had no end, to measure what does not fit. */
const UNBOUNDED = 0x0f000000;
/** Where avr-libc's linker scripts put the memory of data, and how much an address of 16 bits reaches. */
const AVR_DATA = 0x800000;
const AVR_DATA_END = 0x10000;
/** What a jump of an AVR reaches. */
const AVR_CODE_END = 0x800000;

/** The layout of an image in a board's memory. A region that overflows is called FLASH or RAM, or `text` on an AVR. */
export function linkLayout(board: Board, family: BoardFamily, unbounded: boolean): LinkLayout {
  return family.linking === 'avr-libc' ? avrLayout(board, family, unbounded) : ownLayout(board, family, unbounded);
}

function ownLayout({ flash, ram }: Board, { leastStackBytes }: BoardFamily, unbounded: boolean): LinkLayout {
  const [flashText, ramText] = [flash, ram].map(({ start, bytes }) => {
    return `ORIGIN = ${start}, LENGTH = ${unbounded ? UNBOUNDED : bytes}`;
  });
  const memory = [
    'MEMORY',
    '{',
    `    FLASH (rx) : ${flashText}`,
    `    RAM (rwx) : ${ramText}`,
    '}',
    `KILN_STACK_BYTES = ${leastStackBytes};`,
  ];
  return {
    args: ['-nostartfiles', '-T', 'image.ld'],
    sources: ['firmware/image.ld'],
    memory: `${memory.join('\n')}\n`,
  };
}

/**
 * avr-libc's own script, told how large the flash is and that data may take what addresses reach, and beside it where the
 * stack is, which is what limits them.
 */
function avrLayout({ flash, ram }: Board, { leastStackBytes }: BoardFamily, unbounded: boolean): LinkLayout {
  const end = unbounded ? AVR_DATA_END : Number(ram.start) + ram.bytes;
  const memory = [
    `__stack_top = ${AVR_DATA + end};`,
    '__stack_bottom = ALIGN(_end, 4);',
    `ASSERT(__stack_top - _end >= ${leastStackBytes}, "region RAM overflowed: no room for the stack")`,
  ];
  return {
    args: [
      `-Wl,--defsym=__TEXT_REGION_LENGTH__=${unbounded ? AVR_CODE_END : flash.bytes}`,
      `-Wl,--defsym=__DATA_REGION_LENGTH__=${AVR_DATA_END - Number(ram.start)}`,
      'memory.ld',
    ],
    sources: [],
    memory: `${memory.join('\n')}\n`,
  };
}
