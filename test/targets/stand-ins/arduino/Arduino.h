/* Stands in for an Arduino core's: Serial prints to stdout, delay is the end. */
#ifndef ARDUINO_STAND_IN_H
#define ARDUINO_STAND_IN_H

#include <stdint.h>

class __FlashStringHelper;
#define F(text) (reinterpret_cast<const __FlashStringHelper *>(text))

class StandInSerial {
public:
    void begin(unsigned long baud);
    void print(const char *text);
    void print(const __FlashStringHelper *text);
    void print(int number);
    void print(long number);
    void print(unsigned long number);
    void println(const char *text);
    void println(const __FlashStringHelper *text);
    void println(int number);
    void println(long number);
};

extern StandInSerial Serial;
unsigned long micros(void);
void delay(unsigned long ms);
void setup(void);
void loop(void);

#endif
