/**
 * Instruction sets that kernels are written for. `portable` is C99 without anything else; kernels of another set have the
 * plain C of the same bits beside them, so that their C compiles and runs everywhere.
 *
 * `armv6-m`: Arm Cortex-M0 and M0+, which multiply 32 bits by 32 and keep the lower 32; runs on all that came after them.
 * `armv7e-m`: Arm Cortex-M4, M7 and what came after them with the DSP extension (M33, M55).
 */
export const ISA_NAMES = ['portable', 'armv6-m', 'armv7e-m'] as const;
export type IsaName = (typeof ISA_NAMES)[number];
