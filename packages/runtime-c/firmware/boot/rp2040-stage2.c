/*
 * The second stage of the RP2040's boot: the first 256 bytes of the flash. The boot ROM checks the CRC-32 in its last word
 * (written when the image is built), copies it to the end of SRAM and calls it there. It lets reads of the flash's addresses
 * go out as the plain read command 03h, which every serial flash has, and starts the image behind it.
 * Source: RP2040 Datasheet, sections 2.8.1 "Boot sequence", 2.8.1.3.1 "Checksum" and 4.10.13 "SSI, list of registers".
 */

/*
 *   SSIENR 0          off while it is set up
 *   BAUDR 4           a quarter of the system's clock
 *   CTRLR0            32 bits a frame (bits 16-20: 31), send then receive (bits 8-9: 3), one bit at a time
 *   SPI_CTRLR0        command 03h (bits 24-31), 8 bits of command (bits 8-9: 2), 24 bits of address (bits 2-5: 6)
 *   CTRLR1 0          one frame a read
 */
__attribute__((naked, section(".boot"), used)) void boot_second_stage(void)
{
    __asm__ volatile(".syntax unified\n\t"
                     "ldr r0, =0x18000000\n\t"
                     "movs r1, #0\n\t"
                     "str r1, [r0, #0x08]\n\t"
                     "movs r2, #4\n\t"
                     "str r2, [r0, #0x14]\n\t"
                     "ldr r2, =0x001F0300\n\t"
                     "str r2, [r0, #0x00]\n\t"
                     "ldr r2, =0x03000218\n\t"
                     "ldr r3, =0x180000F4\n\t"
                     "str r2, [r3]\n\t"
                     "str r1, [r0, #0x04]\n\t"
                     "movs r1, #1\n\t"
                     "str r1, [r0, #0x08]\n\t"
                     /* The vector table of the image: its address to VTOR, its stack, its first instruction. */
                     "ldr r0, =0x10000100\n\t"
                     "ldr r1, =0xE000ED08\n\t"
                     "str r0, [r1]\n\t"
                     "ldm r0!, {r1, r2}\n\t"
                     "msr msp, r1\n\t"
                     "bx r2\n\t"
                     ".ltorg\n\t"
                     ".org 252\n\t"
                     ".word 0");
}
