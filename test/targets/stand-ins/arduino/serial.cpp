#include "Arduino.h"

#include <stdio.h>
#include <stdlib.h>

StandInSerial Serial;

void StandInSerial::begin(unsigned long baud) { printf("%lu baud\n", baud); }
void StandInSerial::print(const char *text) { fputs(text, stdout); }
void StandInSerial::print(const __FlashStringHelper *text) { fputs(reinterpret_cast<const char *>(text), stdout); }
void StandInSerial::print(int number) { printf("%d", number); }
void StandInSerial::print(long number) { printf("%ld", number); }
void StandInSerial::print(unsigned long number) { printf("%lu", number); }
void StandInSerial::println(const char *text) { puts(text); }
void StandInSerial::println(const __FlashStringHelper *text) { puts(reinterpret_cast<const char *>(text)); }
void StandInSerial::println(int number) { printf("%d\n", number); }
void StandInSerial::println(long number) { printf("%ld\n", number); }

unsigned long micros(void) { return 0; }
void delay(unsigned long) { exit(0); }

int main(void)
{
    setup();
    for (;;) {
        loop();
    }
}
