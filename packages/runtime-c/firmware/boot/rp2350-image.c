/*
 * What the RP2350's boot ROM looks for in the first 4 KB of an image: a block that says what it is. With no more in it, the
 * image starts by the vector table at its beginning.
 * Source: RP2350 Datasheet, section 5.9.5.1 "Minimum Arm IMAGE_DEF".
 */
#include <stdint.h>

#define BLOCK_START 0xFFFFDED3u
/* One word: an image type (0x42), executable for Arm in the secure state of an RP2350 (0x1021). */
#define IMAGE_TYPE 0x10210142u
/* The last item: one word of items stood before it. */
#define LAST_ITEM 0x000001FFu
/* The next block is this one. */
#define NEXT_BLOCK 0u
#define BLOCK_END 0xAB123579u

__attribute__((section(".image_definition"), used)) static const uint32_t image_definition[5] = {
    BLOCK_START, IMAGE_TYPE, LAST_ITEM, NEXT_BLOCK, BLOCK_END,
};
