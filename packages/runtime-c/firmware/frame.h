/* Frames on the serial line; docs/protocol.md says what each means. */
#ifndef KILN_FRAME_H
#define KILN_FRAME_H

#include <stdint.h>

#define KILN_PROTOCOL_VERSION 1u

enum {
    KILN_FRAME_HELLO = 0x01,
    KILN_FRAME_SELFTEST = 0x02,
    KILN_FRAME_RUN = 0x03,

    KILN_FRAME_READY = 0x81,
    KILN_FRAME_ACCEPTED = 0x82,
    KILN_FRAME_REFUSED = 0x83,
    KILN_FRAME_SELFTEST_RESULT = 0x84,
    KILN_FRAME_LAYER = 0x85,
    KILN_FRAME_CHECKSUM = 0x86,
    KILN_FRAME_OUTPUT = 0x87,
    KILN_FRAME_DONE = 0x88,
    KILN_FRAME_FAULT = 0x89,
    KILN_FRAME_TIME = 0x8A
};

/* Why a frame was refused: the argument of KILN_FRAME_REFUSED. */
enum { KILN_DAMAGED = 1, KILN_VERSION = 2, KILN_TYPE = 3, KILN_LENGTH = 4 };

/* The head of a frame that was received whole. */
typedef struct {
    uint8_t type;
    uint8_t sequence;
    uint8_t argument;
    uint32_t length;
} frame_head;

/* Begins a frame of `length` bytes of payload, which frame_bytes and frame_word bring. */
void frame_begin(uint8_t type, uint8_t sequence, uint8_t argument, uint32_t length);
void frame_bytes(const void *bytes, uint32_t length);
/* Four bytes, the lowest first. */
void frame_word(uint32_t word);
void frame_end(void);

/* CRC-32 of ISO 3309 as it stands behind every frame. */
uint32_t frame_checksum(const void *bytes, uint32_t length);

/*
 * Waits for a frame, whatever else is on the line, and puts its payload into `payload`.
 * Returns 0, or why it must be refused; then `head` holds what could be read of it.
 */
uint8_t frame_receive(frame_head *head, uint8_t *payload, uint32_t capacity);

#endif
