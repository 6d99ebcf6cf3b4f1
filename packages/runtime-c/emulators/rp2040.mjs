// An RP2040 in a thread of its own. It is given an image's pieces, runs from the boot ROM's work on, and exchanges with its
// parent what goes over UART0; with every piece of output come the marks set before it. A mark is set where the core comes to
// the instruction at `workerData.mark`, and where it writes to the watchdog's register SCRATCH0.
//
//   from the parent   Uint8Array: bytes for the board
//   to the parent     { output: Uint8Array, marks: { cycles, instructions }[] }

import { parentPort, workerData } from 'node:worker_threads';
import { RP2040 } from 'rp2040js';

const FLASH = 0x10000000;
const SRAM = 0x20000000;
/** RP2040 Datasheet, section 2.8.1: the second stage is copied to the last 256 bytes of SRAM and called there. */
const SECOND_STAGE = 0x20041f00;
const SECOND_STAGE_BYTES = 256;
/** The System Control Block's AIRCR, as an offset in the processor's private registers, and what resets the chip. */
const AIRCR = 0xd0c;
const RESET_REQUEST = 0x05fa0004;
const HARD_FAULT = 3;
/** UARTDR and UARTFR. */
const DATA = 0x00;
const FLAGS = 0x18;
/** WATCHDOG_SCRATCH0. */
const SCRATCH0 = 0x0c;
const WATCHDOG = 0x40058;

const SLICE = 200_000;
/** Instructions between two looks of the chip's timers at the time, a power of two. */
const TICK = 1024;
/** A firmware that has asked so often for a byte does nothing else until one comes. */
const IDLE_POLLS = 200;

const waiting = [];
const output = [];
const marks = [];
let chip = null;
/** Cycles of the runs before the last reset. */
let earlierCycles = 0;
/** Of the core's cycles those that the chip's timers know of. */
let tickedCycles = 0;
let instructions = 0;
let polls = 0;
let idle = false;
let faulted = false;
let resetAsked = false;

parentPort.on('message', (bytes) => {
  for (const byte of bytes) waiting.push(byte);
  feed();
  if (!idle) return;
  idle = false;
  polls = 0;
  run();
});
/** A Cortex-M0+ reads and writes nothing that does not stand at a multiple of its size; the emulator lets most of it pass. */
class AlignedChip extends RP2040 {
  readUint16(address) {
    if ((address & 1) !== 0) faulted = true;
    return super.readUint16(address);
  }

  writeUint16(address, value) {
    if ((address & 1) !== 0) faulted = true;
    else super.writeUint16(address, value);
  }

  writeUint32(address, value) {
    if ((address & 3) !== 0) faulted = true;
    else super.writeUint32(address, value);
  }
}

/** A chip after a reset, past the boot ROM, which is not there: its work is done here. */
function start() {
  if (chip !== null) earlierCycles += chip.core.cycles;
  tickedCycles = 0;
  chip = new AlignedChip();
  chip.logger = { debug: nothing, info: nothing, warn: complain, error: complain };
  for (const { address, bytes } of workerData.segments) chip.flash.set(bytes, address - FLASH);
  const stage = chip.flash.slice(0, SECOND_STAGE_BYTES);
  const found = new DataView(stage.buffer).getUint32(SECOND_STAGE_BYTES - 4, true);
  const expected = checksum(stage.subarray(0, SECOND_STAGE_BYTES - 4));
  if (found !== expected) throw new Error('the boot ROM finds no second stage: its checksum is wrong');
  chip.sram.set(stage, SECOND_STAGE - SRAM);
  chip.core.PC = SECOND_STAGE;
  chip.core.LR = 0;
  chip.onBreak = () => (faulted = true);
  watchUart(chip.uart[0]);
  watchRegisters();
}

function nothing() {}

/** What the emulator only complains of is a fault on the chip; of peripherals that it does not know it is none. */
function complain(component) {
  if (component === 'RP2040' || component === 'CortexM0Core') faulted = true;
}

function watchUart(uart) {
  const read = uart.readUint32.bind(uart);
  uart.readUint32 = (offset) => {
    const value = read(offset);
    if (offset === DATA) feed();
    polls = offset === FLAGS && uart.rxFIFO.empty ? polls + 1 : 0;
    return value;
  };
  uart.onByte = (byte) => {
    polls = 0;
    output.push(byte);
  };
}

function watchRegisters() {
  const { ppb, peripherals } = chip;
  const [readProcessor, writeProcessor] = [ppb.readUint32.bind(ppb), ppb.writeUint32.bind(ppb)];
  ppb.readUint32 = (offset) => {
    tick();
    return readProcessor(offset);
  };
  ppb.writeUint32 = (offset, value) => {
    tick();
    if (offset !== AIRCR) writeProcessor(offset, value);
    else if (value >>> 0 === RESET_REQUEST) resetAsked = true;
  };
  const watchdog = peripherals[WATCHDOG];
  const writeWatchdog = watchdog.writeUint32.bind(watchdog);
  watchdog.writeUint32 = (offset, value) => {
    if (offset === SCRATCH0) setMark();
    writeWatchdog(offset, value);
  };
}

function setMark() {
  marks.push({ cycles: earlierCycles + chip.core.cycles, instructions });
}

/** Lets the chip's timers (SysTick) know what time it is. */
function tick() {
  const { cycles } = chip.core;
  chip.clock.tick((cycles - tickedCycles) * (1e9 / chip.clkSys));
  tickedCycles = cycles;
}

/** As many of the bytes that wait as the UART's queue takes: on a real line they would come no faster. */
function feed() {
  const uart = chip.uart[0];
  while (waiting.length > 0 && !uart.rxFIFO.full) uart.feedByte(waiting.shift());
}

function run() {
  for (let count = 1; count <= SLICE && polls < IDLE_POLLS; count++) {
    step();
    if (count % TICK === 0) tick();
  }
  if (output.length > 0 || marks.length > 0) {
    parentPort.postMessage({ output: Uint8Array.from(output.splice(0)), marks: marks.splice(0) });
  }
  if (polls < IDLE_POLLS) setImmediate(run);
  else idle = true;
}

function step() {
  const { core } = chip;
  const at = core.PC;
  if (at === workerData.mark) setMark();
  core.executeInstruction();
  instructions++;
  if (resetAsked) {
    resetAsked = false;
    start();
  } else if (faulted) {
    faulted = false;
    if (core.IPSR === HARD_FAULT)
      throw new Error(`the core stands still: a fault within a fault, at 0x${at.toString(16)}`);
    core.PC = at;
    core.exceptionEntry(HARD_FAULT);
  }
}

/** CRC-32 as the boot ROM counts it: RP2040 Datasheet, section 2.8.1.3.1. */
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

start();
run();
