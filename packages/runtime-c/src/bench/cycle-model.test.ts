import { expect, test } from 'vitest';
import { findBoard } from '../board/board.js';
import { costOf, cycleModel } from './cycle-model.js';

type Instruction = [text: string, first: number, second: number, cycles: number, load?: boolean];

/** As arm-none-eabi-as encodes them: two halfwords, cycles, whether it is a single load. */
const INSTRUCTIONS: Instruction[] = [
  ['ldr r0, [r1]', 0x6808, 0, 2, true],
  ['ldr r0, [pc, #4]', 0x4801, 0, 2, true],
  ['ldrsb r0, [r1, r2]', 0x5688, 0, 2, true],
  ['ldrb r0, [r1]', 0x7808, 0, 2, true],
  ['ldr.w r10, [r1], #4', 0xf851, 0xab04, 2, true],
  ['str r0, [r1]', 0x6008, 0, 1],
  ['strb r0, [r1, r2]', 0x5488, 0, 1],
  ['strb.w r4, [r2], #1', 0xf802, 0x4b01, 1],
  ['push {r4-r7, lr}', 0xb5f0, 0, 6],
  ['pop {r4-r7, pc}', 0xbdf0, 0, 6],
  ['push.w {r4-r11, lr}', 0xe92d, 0x4ff0, 10],
  ['ldm r0!, {r2, r3}', 0xc80c, 0, 3],
  ['ldm.w r0!, {r2, r3, r12}', 0xe8b0, 0x100c, 4],
  ['stm.w sp, {r2, r3, r12}', 0xe88d, 0x100c, 4],
  ['ldrd r10, r11, [r1], #8', 0xe8f1, 0xab02, 3],
  ['strd r2, r3, [sp, #432]', 0xe9cd, 0x236c, 3],
  ['tbb [pc, r0]', 0xe8df, 0xf000, 2],
  ['smlad r4, r10, r2, r4', 0xfb2a, 0x4402, 1],
  ['smmla r4, r4, r2, r3', 0xfb54, 0x3402, 1],
  ['mla r0, r1, r2, r3', 0xfb01, 0x3002, 1],
  ['sdiv r0, r1, r2', 0xfb91, 0xf0f2, 12],
  ['udiv r0, r1, r2', 0xfbb1, 0xf0f2, 12],
  ['smull r0, r1, r2, r3', 0xfb82, 0x0103, 1],
  ['bne .-4', 0xd1fc, 0, 1],
  ['bl .+4', 0xf000, 0xf800, 1],
  ['vldr s0, [r0]', 0xed90, 0x0a00, 2],
  ['vstr s0, [r0]', 0xed80, 0x0a00, 2],
  ['vpush {s16-s19}', 0xed2d, 0x8a04, 5],
  ['vadd.f32 s0, s1, s2', 0xee30, 0x0a81, 1],
  ['vmul.f32 s0, s1, s2', 0xee20, 0x0a81, 1],
  ['vmla.f32 s0, s1, s2', 0xee00, 0x0a81, 3],
  ['vfma.f32 s0, s1, s2', 0xeea0, 0x0a81, 3],
  ['vdiv.f32 s0, s1, s2', 0xee80, 0x0a81, 14],
  ['vsqrt.f32 s0, s1', 0xeeb1, 0x0ae0, 14],
  ['vmov r0, s0', 0xee10, 0x0a10, 1],
];

test.each<Instruction>(INSTRUCTIONS)('%s', (text, first, second, cycles, load = false) => {
  const bytes = first >>> 11 >= 0b11101 ? 4 : 2;
  expect(costOf(first, second), text).toEqual({ cycles, bytes, isLoad: load });
});

test('cores whose costs are not known have no cycles', () => {
  expect(cycleModel(findBoard('mps2-an385'), new Uint8Array())).toBeNull();
  expect(cycleModel(findBoard('mps3-an547'), new Uint8Array())).toBeNull();
});
