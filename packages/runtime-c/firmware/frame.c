#include "compiler.h"
#include "frame.h"

#include "uart.h"

/* Flags, escapes and the checksum are those of RFC 1662, sections 4 and C.3. */
#define FLAG 0x7Eu
#define ESCAPE 0x7Du
#define ESCAPED_BIT 0x20u
#define CHECKSUM_START 0xFFFFFFFFu
/* The checksum over a frame and its own checksum. */
#define CHECKSUM_OF_WHOLE 0xDEBB20E3u

#define HEAD_BYTES 8u
#define CHECKSUM_BYTES 4u

static uint32_t sent_checksum;

/* Four bits at a time: a table of 64 bytes. */
static uint32_t update(uint32_t checksum, uint8_t byte)
{
    static KILN_CONSTANT uint32_t table[16] = {
        0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
        0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu,
    };
    checksum ^= byte;
    checksum = (checksum >> 4) ^ table[checksum & 15u];
    return (checksum >> 4) ^ table[checksum & 15u];
}

static void send(uint8_t byte)
{
    sent_checksum = update(sent_checksum, byte);
    if (byte == FLAG || byte == ESCAPE) {
        uart_write(ESCAPE);
        byte ^= ESCAPED_BIT;
    }
    uart_write(byte);
}

void frame_begin(uint8_t type, uint8_t sequence, uint8_t argument, uint32_t length)
{
    uart_write(FLAG);
    sent_checksum = CHECKSUM_START;
    send(KILN_PROTOCOL_VERSION);
    send(type);
    send(sequence);
    send(argument);
    frame_word(length);
}

void frame_bytes(const void *bytes, uint32_t length)
{
    const uint8_t *byte = (const uint8_t *)bytes;
    for (uint32_t i = 0; i < length; i++) {
        send(byte[i]);
    }
}

void frame_word(uint32_t word)
{
    for (uint32_t i = 0; i < 4u; i++) {
        send((uint8_t)(word >> (8u * i)));
    }
}

void frame_end(void)
{
    frame_word(~sent_checksum);
    uart_write(FLAG);
}

uint32_t frame_checksum(const void *bytes, uint32_t length)
{
    const uint8_t *byte = (const uint8_t *)bytes;
    uint32_t checksum = CHECKSUM_START;
    for (uint32_t i = 0; i < length; i++) {
        checksum = update(checksum, byte[i]);
    }
    return ~checksum;
}

/* Waits for the end of a frame that is not empty: how many bytes it had. The payload behind the head goes where it belongs. */
static uint32_t collect(uint8_t *head, uint8_t *payload, uint32_t capacity, uint32_t *checksum)
{
    uint32_t count = 0;
    uint8_t escape = 0;
    *checksum = CHECKSUM_START;
    for (;;) {
        uint8_t byte = uart_read();
        if (byte == FLAG) {
            if (count > 0u) {
                return count;
            }
            escape = 0;
            continue;
        }
        if (byte == ESCAPE) {
            escape = ESCAPED_BIT;
            continue;
        }
        byte ^= escape;
        escape = 0;
        *checksum = update(*checksum, byte);
        if (count < HEAD_BYTES) {
            head[count] = byte;
        } else if (count - HEAD_BYTES < capacity) {
            payload[count - HEAD_BYTES] = byte;
        }
        count++;
    }
}

uint8_t frame_receive(frame_head *head, uint8_t *payload, uint32_t capacity)
{
    uint8_t bytes[HEAD_BYTES];
    uint32_t checksum;
    const uint32_t count = collect(bytes, payload, capacity, &checksum);
    head->type = 0;
    head->sequence = 0;
    head->argument = 0;
    head->length = 0;
    if (count < HEAD_BYTES + CHECKSUM_BYTES || checksum != CHECKSUM_OF_WHOLE) {
        return KILN_DAMAGED;
    }
    head->type = bytes[1];
    head->sequence = bytes[2];
    head->argument = bytes[3];
    for (uint32_t i = 0; i < 4u; i++) {
        head->length |= (uint32_t)bytes[4u + i] << (8u * i);
    }
    if (bytes[0] != KILN_PROTOCOL_VERSION) {
        return KILN_VERSION;
    }
    const uint32_t length = count - HEAD_BYTES - CHECKSUM_BYTES;
    return length == head->length && length <= capacity ? 0 : KILN_LENGTH;
}
