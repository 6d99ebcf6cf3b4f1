// An AVR in a thread of its own. It is given an image's pieces, runs from address 0 on, and exchanges with its parent what
// goes over USART0; with every piece of output come the marks set before it. A mark is set where the core comes to the
// instruction at `workerData.mark`, and there it is told how many cycles and instructions were before.
//
//   from the parent   Uint8Array: bytes for the board
//   to the parent     { output: Uint8Array, marks: { cycles, instructions }[] }

import { parentPort, workerData } from 'node:worker_threads';
import { AVRTimer, AVRUSART, CPU, avrInstruction, timer1Config, usart0Config } from 'avr8js';

const { segments, mark, flashBytes, ramEnd, clockHz, timer1Overflow } = workerData;

/** Registers that are no part of the memory that the emulator is told the size of. */
const REGISTER_BYTES = 0x100;
const EMPTY = 0x20;
const RECEIVED = 0x80;
/** A vector takes two words. */
const VECTOR_WORDS = 2;
/** Source: ATmega328P Data Sheet DS40002061B, section 19.3.1: the receiver's tolerance at eight bits, double speed. */
const BAUD_TOLERANCE = 0.025;
const BAUD = 115_200;

const SLICE = 400_000;
/** A firmware that has asked so often for a byte does nothing else until one comes. */
const IDLE_POLLS = 200;

const waiting = [];
const output = [];
const marks = [];
const markWord = mark === undefined ? -1 : mark / 2;
let instructions = 0;
let polls = 0;
let idle = false;

const program = new Uint8Array(flashBytes).fill(0xff);
for (const { address, bytes } of segments) program.set(bytes, address);
const cpu = new CPU(new Uint16Array(program.buffer), ramEnd - REGISTER_BYTES);
new AVRTimer(cpu, { ...timer1Config, ovfInterrupt: VECTOR_WORDS * timer1Overflow });
const usart = new AVRUSART(cpu, usart0Config, clockHz);

usart.onByteTransmit = (byte) => {
  polls = 0;
  const deviation = Math.abs(usart.baudRate / BAUD - 1);
  if (deviation > BAUD_TOLERANCE || usart.bitsPerChar !== 8) {
    throw new Error(`the USART sends ${usart.bitsPerChar} bits at ${usart.baudRate} baud`);
  }
  output.push(byte);
};
cpu.readHooks[usart0Config.UCSRA] = (address) => {
  feed();
  const value = cpu.data[address];
  const waits = (value & RECEIVED) === 0 && (value & EMPTY) !== 0 && !usart.rxBusy;
  polls = waits ? polls + 1 : 0;
  return value;
};

parentPort.on('message', (bytes) => {
  for (const byte of bytes) waiting.push(byte);
  if (!idle) return;
  idle = false;
  polls = 0;
  run();
});

/** The next byte, as fast as the line is, once the one before was taken: nothing is lost that a real line would not lose. */
function feed() {
  const isTaken = (cpu.data[usart0Config.UCSRA] & RECEIVED) === 0;
  if (waiting.length > 0 && isTaken && !usart.rxBusy && usart.writeByte(waiting[0])) waiting.shift();
}

function run() {
  for (let count = 1; count <= SLICE && polls < IDLE_POLLS; count++) {
    if (cpu.pc === markWord) marks.push({ cycles: cpu.cycles, instructions });
    avrInstruction(cpu);
    cpu.tick();
    instructions++;
  }
  if (output.length > 0 || marks.length > 0) {
    parentPort.postMessage({ output: Uint8Array.from(output.splice(0)), marks: marks.splice(0) });
  }
  if (polls < IDLE_POLLS) setImmediate(run);
  else idle = true;
}

run();
