/**
 * Instruction sets that kernels are written for. `portable` is C99 without anything else; kernels of another set have the
 * plain C of the same bits beside them, so that their C compiles and runs everywhere.
 *
 * `armv7e-m`: Arm Cortex-M4, M7 and what came after them with the DSP extension (M33, M55).
 */
export const ISA_NAMES = ['portable', 'armv7e-m'] as const;
export type IsaName = (typeof ISA_NAMES)[number];
